//! `--k 3 --in 2x2` shows the matrices that stand written out here, entry by entry.

mod common;

use common::succeeds;

/// The matrix of the 3x3 kernel over a 4x4 input, typed by hand as in lecture notes, uneven spaces included.
const W_TILDE: &str = r"
\begin{bmatrix}
   w_{00} & w_{01} & w_{02} & 0 & w_{10} & w_{11} & w_{12} & 0 & w_{20} & w_{21} & w_{22} & 0 & 0 & 0 & 0 & 0 \\
   0 & w_{00} & w_{01} & w_{02} & 0 & w_{10} & w_{11} & w_{12} & 0 &w_{20} & w_{21} & w_{22} & 0 & 0 & 0 & 0 \\
   0 & 0 & 0 & 0 & w_{00} & w_{01} & w_{02} & 0 & w_{10} & w_{11} & w_{12} & 0 & w_{20} & w_{21} & w_{22} & 0\\
   0 & 0 & 0 & 0 & 0 & w_{00} & w_{01} & w_{02} & 0 & w_{10} & w_{11} & w_{12} & 0 &w_{20} & w_{21} & w_{22} \\
\end{bmatrix}";

/// Its transpose, the matrix of the transposed convolution of a 2x2 input.
const W_TILDE_TRANSPOSED: &str = r"
\begin{bmatrix}
    w_{00} &  0 & 0 & 0 \\
    w_{01} & w_{00} & 0 & 0 \\
    w_{02} & w_{01} & 0 & 0 \\
    0 & w_{02} &  0 &0 \\
    w_{10} & 0 &  w_{00} & 0 \\
    w_{11} & w_{10} & w_{01} &  w_{00} \\
    w_{12} & w_{11} & w_{02} & w_{01} \\
    0 & w_{12} & 0 & w_{02} \\
    w_{20} & 0 & w_{10} & 0 \\
    w_{21} & w_{20} & w_{11} & w_{10} \\
    w_{22} & w_{21} & w_{12} & w_{11} \\
    0 &  w_{22} & 0 & w_{12} \\
    0 & 0 & w_{20} &  0 \\
    0 & 0 & w_{21} &  w_{20} \\
    0 & 0 & w_{22} &  w_{21} \\
    0 & 0 & 0 &       w_{22} \\
\end{bmatrix}";

/// The 4x4 input of the convolution.
const X_4X4: &str = r"
\begin{bmatrix}
   x_{00} & x_{01} & x_{02} & x_{03}\\
   x_{10} & x_{11} & x_{12} & x_{13}\\
   x_{20} & x_{21} & x_{22} & x_{23}\\
   x_{30} & x_{31} & x_{32} & x_{33}
\end{bmatrix}";

/// The kernel.
const W: &str = r"
\begin{bmatrix}
   w_{00} & w_{01} & w_{02}\\
   w_{10} & w_{11} & w_{12}\\
   w_{20} & w_{21} & w_{22}
\end{bmatrix}";

/// The 2x2 input of the transposed convolution, flattened.
const X_TILDE_2X2: &str = r"
\begin{bmatrix}
   x_{00} \\
   x_{01} \\
   x_{10} \\
   x_{11} \\
\end{bmatrix}";

/// The padded input of the equivalent convolution.
const X_PRIMED: &str = r"
\begin{bmatrix}
   0 & 0 & 0 & 0 & 0 & 0 \\
   0 & 0 & 0 & 0 & 0 & 0 \\
   0 & 0 & x_{00} & x_{01} & 0 & 0\\
   0 & 0 & x_{10} & x_{11} & 0 & 0 \\
   0 & 0 & 0 & 0 & 0 & 0 \\
   0 & 0 & 0 & 0 & 0 & 0 \\
\end{bmatrix}";

/// The flipped kernel.
const W_PRIMED: &str = r"
\begin{bmatrix}
   w_{22} & w_{21} & w_{20}\\
   w_{12} & w_{11} & w_{10}\\
   w_{02} & w_{01} & w_{00}
\end{bmatrix}";

type Matrix = Vec<Vec<String>>;

/// The matrices of a LaTeX text in order, each with what stands before it: from the end of the previous matrix (or
/// the start of the line, or the last `\qquad`) to its own beginning.
///
/// # Panics
/// When a matrix does not end, or its rows have different lengths.
fn matrices(latex: &str) -> Vec<(String, Matrix)> {
    let mut found = Vec::new();
    let mut rest = latex;
    loop {
        let next = |environment| rest.find(&format!("\\begin{{{environment}}}")).map(|at| (at, environment));
        let Some((at, environment)) = next("bmatrix").into_iter().chain(next("array")).min() else { return found };
        let before = rest[..at].trim_end_matches("\\left[").lines().last().unwrap_or("");
        let label = before.rsplit("\\qquad").next().unwrap_or(before).trim();
        let (_, behind) = rest[at..].split_once('}').expect("an environment has a name");
        let (mut body, behind) =
            behind.split_once(&format!("\\end{{{environment}}}")).expect("the environment is closed");
        if environment == "array" {
            (_, body) = body.split_once('}').expect("an array names its columns");
        }
        let rows: Matrix = body
            .replace("\\hline", "")
            .split("\\\\")
            .filter(|row| !row.trim().is_empty())
            .map(|row| row.split('&').map(|cell| cell.trim().to_owned()).collect())
            .collect();
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "rows of different lengths in {body}");
        found.push((label.to_owned(), rows));
        rest = behind.trim_start_matches("\\right]");
    }
}

/// The only matrix of a LaTeX text.
fn matrix(latex: &str) -> Matrix {
    let found = matrices(latex);
    assert_eq!(found.len(), 1, "one matrix in {latex}");
    found.into_iter().next().expect("there is one").1
}

/// The only matrix with this label in the output.
#[track_caller]
fn labelled(latex: &str, label: &str) -> Matrix {
    let mut found: Vec<_> = matrices(latex).into_iter().filter(|(found, _)| found == label).collect();
    assert_eq!(found.len(), 1, "one matrix is labelled {label:?} in {:?}", matrices(latex));
    found.remove(0).1
}

fn transposed(matrix: &Matrix) -> Matrix {
    (0..matrix[0].len()).map(|column| matrix.iter().map(|row| row[column].clone()).collect()).collect()
}

const THE_COMMAND: &str = "--k 3 --in 2x2 --latex";

#[test]
fn the_convolution_matrix_is_the_4x16_matrix_of_the_document() {
    let shown = labelled(&succeeds(THE_COMMAND), "\\widetilde{W} =");
    assert_eq!((shown.len(), shown[0].len()), (4, 16));
    assert_eq!(shown, matrix(W_TILDE));
}

#[test]
fn the_transpose_is_the_16x4_matrix_of_the_document() {
    let shown = labelled(&succeeds(THE_COMMAND), "\\widetilde{W}^\\top =");
    assert_eq!((shown.len(), shown[0].len()), (16, 4));
    assert_eq!(shown, matrix(W_TILDE_TRANSPOSED));
    assert_eq!(shown, transposed(&matrix(W_TILDE)), "the document agrees with itself");
}

#[test]
fn the_product_is_the_transpose_times_the_flattened_input_of_the_document() {
    let latex = succeeds("--k 3 --in 2x2 --latex --only product");
    let [(label, left), (_, right)] = &matrices(&latex)[..] else { panic!("two matrices in {latex}") };
    assert_eq!(label, "\\tilde{y} = \\widetilde{W}^\\top \\tilde{x} =");
    assert_eq!(*left, matrix(W_TILDE_TRANSPOSED));
    assert_eq!(*right, matrix(X_TILDE_2X2));
}

#[test]
fn the_padded_input_is_the_6x6_matrix_of_the_document() {
    let shown = labelled(&succeeds(THE_COMMAND), "X' =");
    assert_eq!((shown.len(), shown[0].len()), (6, 6));
    assert_eq!(shown, matrix(X_PRIMED));
}

#[test]
fn the_flipped_kernel_is_that_of_the_document() {
    let latex = succeeds(THE_COMMAND);
    assert_eq!(labelled(&latex, "W' ="), matrix(W_PRIMED));
    assert_eq!(labelled(&latex, "W ="), matrix(W));
}

#[test]
fn the_plain_convolution_of_the_document_has_the_same_matrix() {
    let latex = succeeds("--conv --k 3 --in 4x4 --latex");
    assert_eq!(labelled(&latex, "X ="), matrix(X_4X4));
    assert_eq!(labelled(&latex, "W ="), matrix(W));
    assert_eq!(labelled(&latex, "\\widetilde{W} ="), matrix(W_TILDE));
    assert_eq!(labelled(&latex, "\\widetilde{W}^\\top ="), matrix(W_TILDE_TRANSPOSED));
    let product = matrices(&succeeds("--conv --k 3 --in 4x4 --latex --only product"));
    let flattened: Matrix = matrix(X_4X4).into_iter().flatten().map(|entry| vec![entry]).collect();
    assert_eq!(product.len(), 2);
    assert_eq!((&product[0].1, &product[1].1), (&matrix(W_TILDE), &flattened));
}

#[test]
fn every_format_shows_the_same_matrices() {
    let entries = |format: &str| matrices(&succeeds(&format!("--k 3 --in 2x2 {format}")));
    let expected = entries("--latex");
    assert_eq!(expected.len(), 6, "X, W, W~, W~^T, X', W'");
    for format in ["--standalone", "--markdown", "--latex --lines none", "--latex --full"] {
        assert_eq!(entries(format), expected, "{format}");
    }
    let dots: Vec<_> = entries("--latex --zeros dots");
    let with_zeros = |cell: &String| if cell == "\\cdot" { "0".to_owned() } else { cell.clone() };
    let restored: Vec<(String, Matrix)> = dots
        .iter()
        .map(|(label, rows)| (label.clone(), rows.iter().map(|row| row.iter().map(with_zeros).collect()).collect()))
        .collect();
    assert_ne!(dots, expected);
    assert_eq!(restored, expected);
}

#[test]
fn every_entry_of_the_output_is_its_row_of_the_matrix_of_the_document_times_the_input() {
    let latex = succeeds("--k 3 --in 2x2 --latex --only entries");
    let input = matrix(X_TILDE_2X2);
    let sum = |row: &Vec<String>| {
        let products = row.iter().zip(&input).filter(|(weight, _)| *weight != "0");
        products.map(|(weight, x)| format!("{weight} {}", x[0])).collect::<Vec<_>>().join(" + ")
    };
    let expected: Vec<String> = matrix(W_TILDE_TRANSPOSED)
        .iter()
        .enumerate()
        .map(|(at, row)| format!("y_{{{}{}}} &= {}", at / 4, at % 4, sum(row)))
        .collect();
    let shown: Vec<&str> =
        latex.lines().filter(|line| line.starts_with("y_")).map(|line| line.trim_end_matches(" \\\\")).collect();
    assert_eq!(shown, expected);
}

/// W~ of a 3x3 kernel over an 11x11 input at stride 1: `w_{a-i,b-j}` where row `(i, j)` meets column `(a, b)`.
fn large_matrix() -> Matrix {
    let weight = |row: usize, column: usize| {
        let offset = |from: usize, to: usize| to.checked_sub(from).filter(|&cell| cell < 3);
        match (offset(row / 9, column / 11), offset(row % 9, column % 11)) {
            (Some(a), Some(b)) => format!("w_{{{a},{b}}}"),
            _ => "0".to_owned(),
        }
    };
    (0..81).map(|row| (0..121).map(|column| weight(row, column)).collect()).collect()
}

#[test]
fn a_large_matrix_written_out_in_full_has_every_weight_in_its_place() {
    let large = large_matrix();
    let dots = |matrix: &Matrix| -> Matrix {
        let dot = |cell: &String| if cell == "0" { "\\cdot".to_owned() } else { cell.clone() };
        matrix.iter().map(|row| row.iter().map(dot).collect()).collect()
    };
    for layer in ["--k 3 --in 9x9", "--conv --k 3 --in 11x11"] {
        for format in ["--latex", "--markdown", "--standalone"] {
            let shown = |part: &str, more: &str| {
                let output = succeeds(&format!("{layer} {format} --full --only {part}{more}"));
                labelled(&output, if part == "matrix" { "\\widetilde{W} =" } else { "\\widetilde{W}^\\top =" })
            };
            assert_eq!(shown("matrix", ""), large, "{layer} {format}");
            assert_eq!(shown("matrix", " --lines none --zeros dots"), dots(&large), "{layer} {format}");
            assert_eq!(shown("transpose", ""), transposed(&large), "{layer} {format}");
        }
    }
}

#[test]
fn the_text_shows_the_same_large_matrix() {
    let text = succeeds("--k 3 --in 9x9 --full --only matrix");
    let cells = |line: &str| -> Option<Vec<String>> {
        let line = line.split_once(['⎡', '⎢', '⎣']).expect("a row has a bracket").1;
        // The lines between the blocks are no rows.
        let is_rule = line.contains('─');
        let cells = line.split([' ', '│', '⎤', '⎥', '⎦']).filter(|cell| !cell.is_empty());
        (!is_rule).then(|| cells.map(|cell| cell.replace('[', "_{").replace(']', "}")).collect())
    };
    let shown: Matrix = text.lines().filter(|line| !line.is_empty()).filter_map(cells).collect();
    assert_eq!(shown, large_matrix());
}

#[test]
fn the_helper_reads_matrices_with_and_without_lines_and_keeps_them_apart() {
    let latex = "A = \\left[\\begin{array}{c|c}\n1 & 2 \\\\\n\\hline\n3 & 4\n\\end{array}\\right] \\begin{bmatrix}\n5\n\\end{bmatrix} \\qquad B = \\begin{bmatrix} 6 & 7 \\end{bmatrix}";
    let cells = |rows: &[&[&str]]| -> Matrix {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    };
    let expected = [
        ("A =".to_owned(), cells(&[&["1", "2"], &["3", "4"]])),
        (String::new(), cells(&[&["5"]])),
        ("B =".to_owned(), cells(&[&["6", "7"]])),
    ];
    assert_eq!(matrices(latex), expected);
}

#[test]
#[should_panic(expected = "rows of different lengths")]
fn the_helper_refuses_ragged_matrices() {
    let _ = matrices("\\begin{bmatrix} 1 & 2 \\\\ 3 \\end{bmatrix}");
}
