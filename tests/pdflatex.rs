//! What pdflatex says of the LaTeX: no error, no overfull box, no warning. Needs pdflatex, so these tests are ignored
//! unless asked for: `cargo test --test pdflatex -- --ignored`.

mod common;

use common::pdflatex::{complaints, errors, log_of, log_of_run, overfull, warnings};
use common::{command, folder, run, succeeds, text};

const NOTHING: &[String] = &[];

/// What is wrong with the standalone documents, each problem with its command line.
fn problems<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let of_line = |line: &str| {
        let found = complaints(&log_of(&succeeds(&format!("{line} --standalone"))));
        found.into_iter().map(|problem| format!("{line}: {problem}")).collect::<Vec<_>>()
    };
    lines.into_iter().flat_map(of_line).collect()
}

/// The log of the fragment pasted into the smallest document there is.
fn log_of_fragment(line: &str, packages: &str) -> Vec<String> {
    let fragment = succeeds(&format!("{line} --latex"));
    log_of(&format!(
        "\\documentclass{{article}}\n\\usepackage{{amsmath}}\n{packages}\\begin{{document}}\n{fragment}\\end{{document}}\n"
    ))
}

/// The configurations of the "done when" list.
const LISTED: [&str; 9] = [
    "--k 3 --in 2x2",
    "--conv --k 3 --in 5x5",
    "--k 3 --in 3x3 -s 2 -p 1 --in-channels 2",
    "--k 4 --in 4x4 -s 2 -p 1",
    "--k 3 --in 5 -s 2 -p 1 --output-padding 1",
    "--k 5 --in 10x5 -s 5 -p 4 --output-padding 2 -d 3",
    "--k 2 --in 2x2x2",
    "--k 2 --in 2 --in-channels 4 --out-channels 2 --groups 2",
    "--k 3 --in 2x2 --in-channels 2 --out-channels 2 --groups 2",
];

/// Others that strain the page: long sums, many slices, wide rows, indices of two digits.
const STRAINING: [&str; 14] = [
    "--k 3 --in 32x32",
    "--k 3 --in 40",
    "--k 12 --in 12",
    "--k 11x2 --in 2x11",
    "--k 3 --in 3x3x3",
    "--conv --k 3 --in 6x6 -s 2 -p 1 --in-channels 3 --out-channels 2",
    "--conv --k 2x3 --in 5x6 -s 2 -d 1x2 -p 1x0:1 --in-channels 2",
    "--k 3 --in 4x4 --in-channels 3 --out-channels 3",
    "--k 2 --in 2x2x2 --in-channels 2 --out-channels 2",
    "--k 3 --in 12x12 -s 2 -p 1 --output-padding 1",
    "--k 1 --in 1 -s 3 -p 1 --output-padding 2",
    "--k 2 --in 3x3 -d 4 --output-padding 2",
    "--k 3 --in 2x2 --in-channels 12 --out-channels 12 --groups 12",
    "--k 3x5 --in 4x6 -s 2x1 -p 0:1x2 --output-padding 1x0",
];

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn the_standalone_document_of_every_listed_layer_compiles_without_an_overfull_box_or_a_warning() {
    assert_eq!(problems(LISTED), NOTHING);
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn layers_that_strain_the_page_compile_without_an_overfull_box_or_a_warning() {
    assert_eq!(problems(STRAINING), NOTHING);
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn every_way_to_show_a_layer_compiles_without_an_overfull_box_or_a_warning() {
    let options = [
        "--zeros dots",
        "--lines none",
        "--zeros dots --lines none --full",
        "--only matrix",
        "--only sizes",
        "--only entries,proof",
        "--full",
    ];
    let layers = ["--k 3 --in 2x2", "--k 3 --in 3x3 -s 2 -p 1 --in-channels 2"];
    let lines: Vec<String> =
        layers.iter().flat_map(|layer| options.iter().map(move |options| format!("{layer} {options}"))).collect();
    assert_eq!(problems(lines.iter().map(String::as_str)), NOTHING);
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn the_fragment_compiles_in_a_document_that_loads_only_amsmath() {
    for line in LISTED.iter().chain(&STRAINING) {
        assert_eq!(errors(&log_of_fragment(line, "")), NOTHING, "{line}");
    }
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn the_fragment_of_the_main_example_fits_the_page_of_the_article_class() {
    let log = log_of_fragment("--k 3 --in 2x2", "");
    assert_eq!(overfull(&log), NOTHING);
    assert_eq!(warnings(&log), NOTHING);
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn every_part_of_the_main_example_compiles_on_its_own() {
    for part in ["symbols", "sizes", "matrix", "transpose", "product", "conv-form", "entries", "proof"] {
        let log = log_of_fragment(&format!("--k 3 --in 2x2 --only {part}"), "");
        assert_eq!(errors(&log), NOTHING, "{part}");
        assert_eq!(overfull(&log), NOTHING, "{part}");
    }
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn the_fragment_compiles_beside_the_packages_lecture_notes_use() {
    let packages =
        "\\usepackage[utf8]{inputenc}\n\\usepackage{graphicx}\n\\usepackage{xcolor}\n\\usepackage{hyperref}\n";
    for line in LISTED {
        assert_eq!(errors(&log_of_fragment(line, packages)), NOTHING, "{line}");
    }
}

/// What is wrong with the report of a sweep, pasted into the smallest document there is, which loads no package.
fn problems_of_report(line: &str) -> Vec<String> {
    let output = run(&format!("verify {line} --latex"));
    let fragment = text(&output.stdout);
    assert!(fragment.starts_with("% Written by"), "{line}: {}", text(&output.stderr));
    complaints(&log_of(&format!("\\documentclass{{article}}\n\\begin{{document}}\n{fragment}\\end{{document}}\n")))
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn the_report_of_the_default_sweep_fits_the_page_of_the_article_class() {
    assert_eq!(problems_of_report("--numeric"), NOTHING);
    assert_eq!(problems_of_report("--anisotropic --checks taps --sample 30"), NOTHING);
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn the_report_of_every_planted_mistake_fits_the_page_of_the_article_class() {
    for mistake in ["no-flip", "transposed-kernel", "output-padding-both-sides", "off-by-one", "swapped-axes"] {
        assert_eq!(problems_of_report(&format!("--plant {mistake}")), NOTHING, "{mistake}");
    }
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn reports_that_strain_the_page_fit_it_too() {
    for line in [
        "--in 1..50x1..50 --k 1..50 --stride 1..20x1..20 --padding 0..999,0:1,1:0,3:5 --sample 2 --checks taps",
        "--in 9x10x11 --k 3x2x3 --stride 2x3x2 --padding 1:2x0:1x3 --dilation 2x3x1 --output-padding 1x2x1 --in-channels 4 --out-channels 6 --groups 2 --numeric --plant no-flip",
        "--layer 'ConvTranspose3d(4, 6, (3, 2, 3), stride=(2, 3, 2), padding=1, output_padding=(1, 2, 1), groups=2)' --in 2x3x4 --plant output-padding-both-sides",
        "--stride 0",
        "--in 1 --k 1 --checks sizes",
        "--in 1,2,3,5,7,11,13,17,19,23,29,31,37,41,43,47,53,59,61,67,71,73,79,83,89,97 --k 1,2,4,8,16 --sample 3 --dims 1..3 --checks taps",
    ] {
        assert_eq!(problems_of_report(line), NOTHING, "{line}");
    }
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn worksheets_and_their_keys_compile_without_an_overfull_box_or_a_warning() {
    let mut problems = Vec::new();
    for level in 1..=3 {
        for options in [
            "--latex --hints",
            "--latex --solutions",
            "--latex --choice --solutions",
            "--article",
            "--article --solutions",
            "--latex --key --title 'Sheet 1: 100% of $ & # _ { } ~ ^'",
        ] {
            let line = format!("worksheet --seed 4{level} --level {level} --count 12 {options}");
            let found = complaints(&log_of_run(&succeeds(&line), 2));
            problems.extend(found.into_iter().map(|problem| format!("{line}: {problem}")));
        }
    }
    assert_eq!(problems, NOTHING);
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn sheets_compile_whatever_signs_are_in_names_and_ids() {
    let folder = folder();
    let names = ["O'Brien", "Ann & Bob", "a_b%c", "u1", "{x}\\y", "#1", "Zoë Łoś Șț"];
    let roster: String = names.iter().enumerate().map(|(at, name)| format!("{name} {at},{name}\n")).collect();
    std::fs::write(folder.path().join("r.csv"), roster).expect("a file");
    for format in ["--latex", "--article"] {
        let out = format.trim_start_matches('-');
        let line = ["worksheet", "--seed", "1", "--kinds", "size", "--roster", "r.csv", format, "-o", out];
        let output = command().current_dir(folder.path()).args(line).output().expect("the command starts");
        assert_eq!((output.status.success(), text(&output.stderr)), (true, ""));
        let sheets = std::fs::read_dir(folder.path().join(out)).expect("a folder");
        for sheet in sheets
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|e| e == "tex"))
        {
            let document = std::fs::read_to_string(&sheet).expect("text");
            assert_eq!(complaints(&log_of_run(&document, 2)), NOTHING, "{}", sheet.display());
        }
    }
}

#[test]
#[ignore = "needs pdflatex (texlive-latex-recommended, texlive-latex-extra, lmodern)"]
fn an_error_an_overfull_box_and_a_warning_are_found_in_a_log() {
    let page = |body: &str| {
        log_of(&format!("\\documentclass{{article}}\\usepackage{{amsmath}}\\begin{{document}}{body}\\end{{document}}"))
    };
    assert_ne!(
        errors(&page("$\\begin{bmatrix} 1&1&1&1&1&1&1&1&1&1&1 \\end{bmatrix}$")),
        NOTHING,
        "amsmath stops at 10"
    );
    assert_ne!(errors(&page("\\nothing")), NOTHING);
    assert_ne!(overfull(&page("\\hbox to 10pt{much wider than that}")), NOTHING);
    assert_ne!(warnings(&page("\\ref{nowhere}")), NOTHING);
    let clean = page("A page.");
    assert_eq!((errors(&clean), overfull(&clean), warnings(&clean)), (vec![], vec![], vec![]));
    assert_ne!(errors(&page("")), NOTHING, "without a page there is no PDF");
}
