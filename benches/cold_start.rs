//! Cold start: the command on its smallest real job as a whole process, beside a program that prints one line.

use divan::Bencher;
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn main() {
    divan::main();
}

/// The floor: what starting any process of this kind costs.
#[divan::bench]
fn hello_world(bencher: Bencher<'_, '_>) {
    match compile_hello_world() {
        Ok(program) => bencher.bench_local(|| run(&mut Command::new(&program))),
        Err(reason) => eprintln!("cold_start: no floor, since the hello world was not compiled: {reason}"),
    }
}

/// Equations for lecture notes: everything about one small layer, proved, as LaTeX.
#[divan::bench]
fn k3_in_2x2_latex(bencher: Bencher<'_, '_>) {
    let program = env!("CARGO_BIN_EXE_convt-matrix");
    bencher.bench_local(|| run(Command::new(program).args(["--k", "3", "--in", "2x2", "--latex"])));
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().expect("the program was built just now");
    assert!(status.success(), "{command:?}: {status}");
}

/// Compiles with the compiler cargo was started with, optimised like the command.
fn compile_hello_world() -> Result<PathBuf, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (source, program) = (folder.join("hello_world.rs"), folder.join("hello_world"));
    std::fs::write(&source, "fn main() { println!(\"Hello, world!\"); }\n").map_err(|error| error.to_string())?;
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(compiler);
    command.args(["-C", "opt-level=3", "-C", "panic=abort", "-C", "strip=symbols", "-o"]).arg(&program).arg(&source);
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(program) } else { Err(format!("{command:?}: {status}")) }
}
