//! Worksheets as files: one for every student, whole or absent, and printed again from their manifest.

mod common;

use common::{arguments, command, folder, says, text};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

fn run_in(folder: &Path, line: &str) -> Output {
    command().current_dir(folder).args(arguments(line).expect("well quoted")).output().expect("the command starts")
}

#[track_caller]
fn succeeds_in(folder: &Path, line: &str) {
    let output = run_in(folder, line);
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("", ""), "{line}");
}

#[track_caller]
fn is_refused_in(folder: &Path, line: &str) -> String {
    let output = run_in(folder, line);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{line}: {}", text(&output.stderr));
    text(&output.stderr).to_owned()
}

/// Names and contents of the files of a folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a plain name");
        (name, fs::read_to_string(entry.path()).expect("text"))
    };
    fs::read_dir(folder).expect("a folder").map(read).collect()
}

#[test]
fn every_variant_gets_a_sheet_and_a_key_of_its_own() {
    let folder = folder();
    succeeds_in(folder.path(), "worksheet --seed 1 --count 3 --variants 12 -o sheets");
    let files = files(&folder.path().join("sheets"));
    assert_eq!(files.len(), 25, "{:?}", files.keys());
    for number in 1..=12 {
        let (sheet, key) = (&files[&format!("sheet-{number:03}.tex")], &files[&format!("key-{number:03}.tex")]);
        says(sheet, &format!("seed 1, variant {number}, format 1"));
        says(sheet, "%\\printanswers");
        // Student sheet and key are one source.
        assert_eq!(sheet.replacen("%\\printanswers", "\\printanswers", 1), *key);
    }
    let distinct: std::collections::BTreeSet<_> = files.values().collect();
    assert_eq!(distinct.len(), files.len());
}

#[test]
fn a_student_gets_the_same_sheet_whoever_else_is_on_the_roster() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("all.csv"), "\u{feff}ID,Name\nann,Ann Lee\nbob\n\"c, d\",Ça & Va\n").expect("a file");
    fs::write(path.join("one.csv"), "bob\n").expect("a file");
    succeeds_in(path, "worksheet --seed 5 --level 2 --roster all.csv --markdown -o all");
    succeeds_in(path, "worksheet --seed 5 --level 2 --roster one.csv --markdown -o one");
    let (all, one) = (files(&path.join("all")), files(&path.join("one")));
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["key-ann.md", "key-bob.md", "key-c__d.md", "manifest.json", "sheet-ann.md", "sheet-bob.md", "sheet-c__d.md"]
    );
    assert_eq!(all["sheet-bob.md"], one["sheet-bob.md"]);
    assert_ne!(all["sheet-bob.md"], all["sheet-ann.md"]);
    says(&all["sheet-ann.md"], "Ann Lee");
    assert!(!all["sheet-bob.md"].contains("**Key.**") && all["key-bob.md"].contains("**Key.**"));
}

/// Ids and names as the manifest has them.
fn students(folder: &Path, roster: &str) -> Vec<(String, String)> {
    fs::write(folder.join("r.csv"), roster).expect("a file");
    succeeds_in(folder, "worksheet --seed 1 --kinds size --roster r.csv --text --key -o out");
    let manifest = fs::read_to_string(folder.join("out/manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
    let sheets = manifest["sheets"].as_array().expect("sheets").iter();
    sheets.map(|sheet| (text(&sheet["student"]), text(&sheet["name"]))).collect()
}

#[test]
fn rosters_are_read_with_every_separator_and_the_columns_in_any_order() {
    let folder = folder();
    for roster in [
        "u1,Ann Lee\nu2,Bob\n",
        "u1;Ann Lee\nu2;Bob\n",
        "u1\tAnn Lee\nu2\tBob\n",
        "name,id\nAnn Lee,u1\nBob,u2\n",
        "\u{feff}Name;Matrikel\nAnn Lee;u1\nBob;u2\n",
        "Group\tStudent ID\tName\n1\tu1\tAnn Lee\n1\tu2\tBob\n",
        "Nachname;Vorname;Matrikel-Nr.;E-Mail\nLee;Ann;u1;a@b\n;Bob;u2;b@b\n",
        "Group, term;id;name\n;u1;Ann Lee\n;u2;Bob\n",
    ] {
        let read = students(folder.path(), roster);
        assert_eq!(read, [("u1".into(), "Ann Lee".into()), ("u2".into(), "Bob".into())], "{roster:?}");
    }
    // Another course: the folder would lose a sheet, and say so.
    let other = common::folder();
    assert_eq!(students(other.path(), "id;name\nu1;Lee, Ann\n"), [("u1".into(), "Lee, Ann".into())]);
}

#[test]
fn a_name_that_pdflatex_cannot_set_is_told_with_the_latex_alone() {
    let folder = folder();
    fs::write(folder.path().join("r.csv"), "id,name\n1,山田太郎\n2,Zoë Łoś\n3,Γιώργος\n").expect("a file");
    let output = run_in(folder.path(), "worksheet --seed 1 --kinds size --roster r.csv -o out");
    assert!(output.status.success());
    says(text(&output.stderr), "note: pdflatex cannot set 山田太郎, Γιώργος; use lualatex or xelatex");
    succeeds_in(folder.path(), "worksheet --seed 1 --kinds size --roster r.csv --text -o out");
}

#[test]
fn the_files_of_a_thousand_variants_sort_by_number() {
    let folder = folder();
    succeeds_in(folder.path(), "worksheet --seed 1 --kinds size --variants 1000 --text --key -o out");
    let files = files(&folder.path().join("out"));
    assert!(files.contains_key("key-0001.txt") && files.contains_key("key-1000.txt"));
}

#[test]
fn json_has_the_numbers_and_the_open_key_beside_a_choice() {
    let folder = folder();
    let output = run_in(folder.path(), "worksheet --seed 1 --kinds output,entry --dims 1 --choice --json");
    let sheet: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let (whole, entry) = (&sheet["exercises"][0], &sheet["exercises"][1]);
    assert_eq!((&whole["answer"]["type"], &whole["key"]["type"]), (&"choice".into(), &"grid".into()));
    assert_eq!(
        whole["data"]["input"].as_array().map(Vec::len),
        whole["data"]["input_shape"][0].as_u64().map(|n| n as usize)
    );
    assert!(whole["data"]["weight"][0][0][0].is_i64());
    assert_eq!(entry["data"]["asked"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_manifest_prints_its_sheets_again_and_in_other_formats() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("students.csv"), "ann,Ann Lee\nbob\n").expect("a file");
    let settings = "--level 3 --dims 1 --kinds size,entry --count 3 --points 4 --choice --title 'Week 3'";
    succeeds_in(path, &format!("worksheet --seed 9 --roster students.csv {settings} -o first"));
    succeeds_in(path, "worksheet --from-manifest first/manifest.json -o again");
    assert_eq!(files(&path.join("first")), files(&path.join("again")));
    succeeds_in(path, "worksheet --from-manifest first/manifest.json --json -o first");
    let all = files(&path.join("first"));
    assert_eq!(all["manifest.json"], files(&path.join("again"))["manifest.json"]);
    says(&all["sheet-ann.json"], "\"title\": \"Week 3\"");
    let sheet: serde_json::Value = serde_json::from_str(&all["sheet-ann.json"]).expect("JSON");
    assert_eq!(sheet["exercises"].as_array().map(Vec::len), Some(3));
    assert_eq!(sheet["exercises"][0]["answer"]["type"], "choice");
    assert_eq!(sheet["exercises"][0]["points"], 4);
}

#[test]
fn keys_alone_are_written_where_they_are_asked_for() {
    let folder = folder();
    for (flag, has_solution) in [("--key", false), ("--solutions", true)] {
        succeeds_in(folder.path(), &format!("worksheet --seed 1 --kinds size --variants 1 --text {flag} -o out"));
        let files = files(&folder.path().join("out"));
        assert_eq!(files.keys().collect::<Vec<_>>(), ["key-001.txt", "manifest.json"]);
        assert_eq!(files["key-001.txt"].contains("The number of channels is"), has_solution, "{flag}");
    }
}

#[test]
fn a_roster_that_cannot_be_used_is_refused_before_anything_is_written() {
    let folder = folder();
    let path = folder.path();
    for (roster, problem) in [
        ("", "there is no student in it"),
        ("id,name\n", "there is no student in it"),
        ("ann\nbob\nann\n", "the id ann stands in lines 1 and 3"),
        ("ann\n,Bob\n", "line 2 has no id"),
        ("name,id\n", "there is no student in it"),
        ("name;group\nAnn;1\n", "the heading in line 1 names no column of ids"),
        ("id;matrikel\n1;2\n", "the heading in line 1 names several columns of ids"),
        ("u1;Lee, Ann\n", "line 1 has several of commas, semicolons and tabs"),
        ("u1,Ann,3\n", "line 1 has 3 columns, and no heading says which has the ids"),
        ("u1,Ann\nu2;Bob\n", "the id 'u2;Bob' in line 2 has semicolons in it"),
        ("a b\na_b\n", "the sheets of a b and a_b would have the same name, a_b"),
        ("Ann\nann\n", "would have the same name"),
    ] {
        fs::write(path.join("r.csv"), roster).expect("a file");
        let message = is_refused_in(path, "worksheet --seed 1 --roster r.csv -o sheets");
        says(&message, "error: --roster");
        says(&message, problem);
        says(&message, "help: ");
        let left = path.join("sheets");
        assert!(!left.exists() || files(&left).is_empty(), "{roster:?}");
    }
    fs::write(path.join("r.csv"), b"\xff\xfe\n").expect("a file");
    says(&is_refused_in(path, "worksheet --seed 1 --roster r.csv -o sheets"), "UTF-8");
}

#[test]
fn a_manifest_of_another_format_or_with_impossible_numbers_is_refused() {
    let folder = folder();
    let path = folder.path();
    succeeds_in(path, "worksheet --seed 1 --variants 1 --text -o out");
    let manifest = fs::read_to_string(path.join("out/manifest.json")).expect("a manifest");
    for (from, to, problem) in [
        ("\"format\": 1", "\"format\": 2", "its sheets have the format 2, this version draws format 1"),
        ("\"level\": 1", "\"level\": 4", "its numbers are impossible"),
        ("\"count\": ", "\"count\": 100000", "its numbers are impossible"),
        ("\"dims\": null", "\"dims\": 3", "its numbers are impossible"),
        ("\"size\"", "\"sighs\"", "there is no kind 'sighs'"),
        ("\"seed\": 1", "\"seed\": \"one\"", "invalid type"),
        ("{", "[", "expected"),
    ] {
        assert!(manifest.contains(from), "{from}");
        fs::write(path.join("m.json"), manifest.replacen(from, to, 1)).expect("a file");
        let message = is_refused_in(path, "worksheet --from-manifest m.json -o again");
        says(&message, "error: --from-manifest m.json: ");
        says(&message, problem);
        assert!(!path.join("again").exists());
    }
}

#[test]
fn a_failure_leaves_no_half_written_file_and_no_manifest() {
    let folder = folder();
    let path = folder.path();
    let mine = path.join("mine/page");
    fs::create_dir_all(&mine).expect("a folder");
    fs::write(mine.join("worksheet.txt"), "<< title >> << missing.value >>\n").expect("a file");
    let message = is_refused_in(path, "worksheet --seed 1 --variants 20 --text --templates mine -o out");
    says(&message, "--templates mine");
    assert!(!path.join("out").exists(), "there is no folder rather than half of one");
    assert_eq!(fs::read_dir(path).expect("a folder").count(), 1, "and no scratch folder");
}

#[test]
fn a_replaced_template_places_the_sheet() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir_all(path.join("mine/page")).expect("a folder");
    let template = "<< title >>: <% for exercise in exercises %><< exercise.title >>; <% endfor %>\n";
    fs::write(path.join("mine/page/worksheet.txt"), template).expect("a file");
    let output = run_in(path, "worksheet --seed 1 --kinds size,entry --templates mine --title Mine");
    assert_eq!(text(&output.stdout), "Mine: Output size; One entry of the output; \n");
}

#[test]
fn a_seed_that_was_not_given_is_told_and_is_0() {
    let folder = folder();
    let silent = run_in(folder.path(), "worksheet --seed 0");
    let told = run_in(folder.path(), "worksheet");
    assert_eq!(silent.stdout, told.stdout);
    assert_eq!(text(&told.stderr), "note: --seed was not given; it is 0\n");
}

#[test]
fn a_quote_that_is_not_closed_swallows_no_student() {
    let folder = folder();
    let path = folder.path();
    for (roster, problem) in [
        ("id,name\nann,\"Ann\nbob,Bob\ncid,\"Cid\"\n", "line 2 has a quote that is not closed in it: ann,\"Ann"),
        ("ann,\"Ann\nLee\"\nbob,Bob\n", "line 1 has a quote that is not closed in it"),
        ("ann,Ann\nbob,\"Bob\n", "line 2 has a quote that is not closed in it"),
        ("ann,Ann\r\n\r\nbob,\"Bob\" Lee\r\n", "line 3 has something behind a closing quote"),
        ("id,name\nann,Lee, Ann\n", "line 2 has 3 columns, where 2 are expected"),
        ("ann,Ann\nbob,Lee, Bob\n", "line 2 has 3 columns, where 2 are expected"),
        ("ann,A\u{1b}[31mnn\n", "line 1 has a control character in it: A\\u{1b}[31mnn"),
    ] {
        fs::write(path.join("r.csv"), roster).expect("a file");
        let message = is_refused_in(path, "worksheet --seed 1 --kinds size --roster r.csv -o sheets");
        says(&message, &format!("error: --roster r.csv: {problem}"));
        assert!(!path.join("sheets").exists(), "{roster:?}");
    }
}

#[test]
fn what_is_too_long_or_has_no_end_is_refused_with_the_bound() {
    let folder = folder();
    let path = folder.path();
    let long = "a long id,and a name\n".repeat((16 << 20) / 21 + 1);
    fs::write(path.join("long.csv"), long).expect("a file");
    fs::create_dir_all(path.join("mine/page")).expect("a folder");
    fs::write(path.join("mine/page/worksheet.txt"), " ".repeat((1 << 20) + 1)).expect("a file");
    for (line, problem) in [
        ("worksheet --seed 1 --roster long.csv -o out", "--roster long.csv: it has more than the 16777216 bytes"),
        ("worksheet --from-manifest long.csv -o out", "--from-manifest long.csv: it has more than the 16777216 bytes"),
        ("worksheet --seed 1 --templates mine", "mine/page/worksheet.txt: it has more than the 1048576 bytes"),
    ] {
        says(&is_refused_in(path, line), problem);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_without_end_and_a_pipe_without_writer_are_refused() {
    let folder = folder();
    let path = folder.path();
    assert!(std::process::Command::new("mkfifo").arg(path.join("pipe.csv")).status().expect("mkfifo").success());
    for (line, problem) in [
        ("worksheet --seed 1 --roster /dev/zero -o out", "--roster /dev/zero: it has more than the 16777216 bytes"),
        ("worksheet --from-manifest /dev/zero -o out", "it has more than the 16777216 bytes"),
        ("worksheet --seed 1 --roster pipe.csv -o out", "--roster pipe.csv: it is a named pipe"),
        ("worksheet --from-manifest pipe.csv -o out", "it is a named pipe"),
        ("--k 2 --in 2 --weight pipe.csv", "--weight: pipe.csv: this is a named pipe"),
    ] {
        says(&is_refused_in(path, line), problem);
    }
}

#[test]
fn what_is_written_can_be_read_again() {
    let folder = folder();
    let path = folder.path();
    let kinds = |count: usize| vec!["size"; count].join(",");
    let refused = is_refused_in(path, &format!("worksheet --seed 1 --kinds {} --variants 1 -o out", kinds(201)));
    says(&refused, "--kinds: one exercise of each of 201 kinds; a sheet has at most 200");
    succeeds_in(path, &format!("worksheet --seed 1 --kinds {} --count 1 --variants 1 --text -o out", kinds(200)));
    succeeds_in(path, "worksheet --from-manifest out/manifest.json --text -o again");
    let manifest = fs::read_to_string(path.join("out/manifest.json")).expect("a manifest");
    for points in ["4294967295", "1001", "0"] {
        let points = manifest.replacen("\"points\": null", &format!("\"points\": {points}"), 1);
        fs::write(path.join("m.json"), points).expect("a file");
        let message = is_refused_in(path, "worksheet --from-manifest m.json -o third");
        says(&message, "its numbers are impossible");
        says(&message, "(1 to 1000 or none)");
    }
    fs::write(path.join("m.json"), manifest.replacen("\"title\": \"", "\"title\": \"\\u001b[2J", 1)).expect("a file");
    says(
        &is_refused_in(path, "worksheet --from-manifest m.json -o third"),
        "there is a control character in '\\u{1b}[2J",
    );
}

#[test]
fn a_folder_of_another_course_has_its_sheets_replaced_and_nothing_else_touched() {
    let folder = folder();
    let path = folder.path();
    let sheets = path.join("sheets");
    fs::write(path.join("three.csv"), "ann\nbob\ncid\n").expect("a file");
    fs::write(path.join("two.csv"), "ann\ndan\n").expect("a file");
    succeeds_in(path, "worksheet --seed 1 --kinds size --roster three.csv --text -o sheets");
    fs::write(sheets.join("sheet-ann.pdf"), "mine").expect("a file");
    fs::write(sheets.join("notes.txt"), "mine").expect("a file");
    let output = run_in(path, "worksheet --seed 2 --kinds size --roster two.csv --markdown -o sheets");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stderr),
        "note: sheets: removed 6 files of the sheets that were there, which its manifest listed\n"
    );
    let names: Vec<String> = files(&sheets).into_keys().collect();
    let expected =
        ["key-ann.md", "key-dan.md", "manifest.json", "notes.txt", "sheet-ann.md", "sheet-ann.pdf", "sheet-dan.md"];
    assert_eq!(names, expected);
    says(&files(&sheets)["manifest.json"], "\"seed\": 2");
    // The same course in one more format stands beside the first.
    succeeds_in(path, "worksheet --from-manifest sheets/manifest.json --text -o sheets");
    assert_eq!(files(&sheets).len(), expected.len() + 4);
}

#[test]
fn sheets_that_no_manifest_lists_are_never_mixed_with_new_ones() {
    let folder = folder();
    let path = folder.path();
    let make = "worksheet --seed 1 --kinds size --variants 2 --text -o sheets";
    let sheets = path.join("sheets");
    fs::create_dir(&sheets).expect("a folder");
    fs::write(sheets.join("students.csv"), "mine").expect("a file");
    for (name, problem) in [
        ("sheet-old.tex", "there are sheets in it that no manifest lists: sheet-old.tex"),
        ("manifest.json", "the manifest.json in it is none of a worksheet"),
    ] {
        fs::write(sheets.join(name), "mine").expect("a file");
        let message = is_refused_in(path, make);
        says(&message, &format!("--output sheets: {problem}"));
        assert_eq!(files(&sheets).len(), 2, "nothing is written");
        fs::remove_file(sheets.join(name)).expect("it is there");
    }
    succeeds_in(path, make);
    fs::write(sheets.join("sheet-003.txt"), "mine").expect("a file");
    says(&is_refused_in(path, make), "there are sheets in it that its manifest does not list: sheet-003.txt");
    fs::remove_file(sheets.join("sheet-003.txt")).expect("it is there");
    // A manifest that names files elsewhere is none of ours, and removes nothing there.
    fs::write(path.join("key-x.txt"), "mine").expect("a file");
    let manifest = fs::read_to_string(sheets.join("manifest.json")).expect("a manifest");
    fs::write(sheets.join("manifest.json"), manifest.replace("\"file\": \"001\"", "\"file\": \"/../../key-x\""))
        .expect("a file");
    says(&is_refused_in(path, &make.replace("--seed 1", "--seed 2")), "is none of a worksheet");
    assert!(path.join("key-x.txt").exists());
}
