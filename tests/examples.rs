//! Every example in `examples/` runs.

#[path = "../examples/matrix_of_a_layer.rs"]
mod matrix_of_a_layer;
#[path = "../examples/own_document.rs"]
mod own_document;
#[path = "../examples/prove_and_spoil.rs"]
mod prove_and_spoil;

#[test]
fn every_example_runs() {
    matrix_of_a_layer::main().unwrap();
    own_document::main().unwrap();
    prove_and_spoil::main().unwrap();
}

#[test]
fn no_example_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let this = include_str!("examples.rs");
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(!name.ends_with(".rs") || this.contains(&format!("../examples/{name}")), "{name} is not run");
    }
}
