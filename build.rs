//! Lists the files of `templates`, so that adding one, or a language, is adding a file or a folder.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=templates");
    let root = Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where it is")).join("templates");
    let mut names = Vec::new();
    for folder in ["page", "text"] {
        collect(&root, folder, &mut names)?;
    }
    names.sort();
    let mut list = String::from("[\n");
    for name in names {
        writeln!(list, "({name:?}, include_str!({:?})),", root.join(&name)).expect("a string takes everything");
    }
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").expect("cargo says where to write");
    fs::write(Path::new(&out).join("templates.rs"), list)
}

/// The names of the files below a folder, with slashes on every system.
fn collect(root: &Path, folder: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let file = entry.file_name();
        let name = format!("{folder}/{}", file.to_str().expect("a template has a plain name"));
        if entry.file_type()?.is_dir() {
            collect(root, &name, names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}
