//! No circles between the files of a crate: a reader of one file needs only those below it.
//!
//! The sources are read as text. A path (`crate::a::b`, `super::b`, `a::b` of a child module) is an arrow to the file that defines the name; `pub use` is
//! looked through, as are the `mod.rs` and `lib.rs` that hold nothing else. Test modules at a file's end are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The crates without circles.
const WITHOUT_CIRCLES: [&str; 9] =
    ["bench", "cli", "domain", "postgres", "sdk", "server", "store", "templates", "wire"];

/// A module, by the names on the way to it.
type Module = Vec<String>;

/// What a file says of others.
#[derive(Default)]
struct Source {
    /// Names that it re-exports, and where they come from.
    exports: BTreeMap<String, String>,
    /// Paths that it uses itself.
    paths: BTreeSet<String>,
}

#[test]
fn no_file_of_a_crate_depends_on_itself_by_way_of_others() {
    for name in WITHOUT_CIRCLES {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        let circles = circles(&arrows(&read(&root)));
        assert!(circles.is_empty(), "crates/{name}/src has circles between files: {circles:#?}");
    }
}

#[test]
fn a_circle_is_found_through_a_table_of_contents_and_by_a_child_modules_name() {
    let source = |text: &str| parse(text);
    let module = |name: &str| name.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let files = |texts: [(&str, &str); 4]| -> BTreeMap<Module, Source> {
        texts.into_iter().map(|(name, text)| (module(name), source(text))).collect()
    };
    let looked_through = files([
        ("", "mod a;\nmod b;\npub use a::A;\n"),
        ("a", "use crate::b::{self, x::B, C};\npub struct A;\n"),
        ("b", "mod x;\npub(crate) use x::B;\npub struct C;\n"),
        ("b::x", "use crate::A;\npub(crate) struct B;\n"),
    ]);
    assert_eq!(circles(&arrows(&looked_through)), [["a", "b::x"]]);
    let by_child = files([
        ("", "mod a;\n"),
        ("a", "mod b;\nmod c;\nfn one() { b::two() }\n"),
        ("a::b", "// use super::c::no;\nfn two() { super::one() }\n"),
        ("a::c", "fn no() {}\n#[cfg(test)]\nmod tests { use super::super::b::two; }\n"),
    ]);
    assert_eq!(circles(&arrows(&by_child)), [["a", "a::b"]]);
    let none = files([
        ("", "mod a;\nmod b;\nmod c;\n"),
        ("a", "use crate::b::B;\nuse crate::c::C;\n"),
        ("b", "use super::c::C;\nconst TEXT: &str = \"crate::a::no\";\n"),
        ("c", "pub struct C;\n"),
    ]);
    assert_eq!(circles(&arrows(&none)), Vec::<Vec<String>>::new());
}

/// The sources below a directory, by module.
fn read(root: &Path) -> BTreeMap<Module, Source> {
    let mut sources = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                sources.insert(module_of(root, &path), parse(&text));
            }
        }
    }
    assert!(sources.len() > 1, "{} has sources", root.display());
    sources
}

fn module_of(root: &Path, file: &Path) -> Module {
    let path: PathBuf = file.strip_prefix(root).unwrap().with_extension("");
    let mut module: Module = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    module
}

/// What a file's text says. A test module at its end is left out.
fn parse(text: &str) -> Source {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code = without_comments_and_strings(text);
    let mut source = Source::default();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let Some((visibility, import)) =
            line.trim_start().split_once("use ").filter(|(before, _)| is_visibility(before))
        else {
            source.paths.extend(inline_paths(line));
            continue;
        };
        let mut import = import.to_owned();
        while !import.contains(';') {
            import.push_str(lines.next().expect("an import ends with a semicolon"));
        }
        for (path, name) in expand(import.trim_end_matches(';').trim()) {
            if visibility.is_empty() {
                source.paths.insert(path);
            } else {
                source.exports.insert(name, path);
            }
        }
    }
    source
}

fn is_visibility(text: &str) -> bool {
    text.is_empty() || text == "pub " || text.starts_with("pub(") && text.ends_with(") ")
}

/// The code with its strings emptied; of a line comment nothing is left.
fn without_comments_and_strings(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/', 'r', '\'']) {
        code.push_str(&rest[..at]);
        let (begin, end) = match &rest[at..] {
            tail if tail.starts_with("//") => ("//", "\n"),
            tail if tail.starts_with("r#\"") => ("r#\"", "\"#"),
            tail if tail.starts_with("'\"'") => ("'\"", "'"),
            tail if tail.starts_with('"') => ("\"", "\""),
            tail => {
                code.push_str(&tail[..1]);
                rest = &tail[1..];
                continue;
            }
        };
        let inside = &rest[at + begin.len()..];
        let length = end_of(inside, end);
        rest = inside.get(length..).unwrap_or_default();
        if begin == "//" {
            code.push('\n');
        }
    }
    code + rest
}

/// Where what begins here is over; a string's quotes may be escaped.
fn end_of(inside: &str, end: &str) -> usize {
    let mut at = 0;
    while let Some(found) = inside[at..].find(end) {
        let before = &inside[..at + found];
        let escapes = before.len() - before.trim_end_matches('\\').len();
        at += found + end.len();
        if end != "\"" || escapes.is_multiple_of(2) {
            return at;
        }
    }
    inside.len()
}

/// The paths of an import, each with the name that it gets: `a::{b, c as d}` is `a::b` as b and `a::c` as d.
fn expand(import: &str) -> Vec<(String, String)> {
    let Some((before, inner)) = import.split_once('{') else {
        let (path, name) =
            import.split_once(" as ").unwrap_or((import, import.rsplit("::").next().unwrap_or(import)));
        return vec![(path.trim().to_owned(), name.trim().to_owned())];
    };
    let inner = &inner[..inner.rfind('}').expect("a brace is closed")];
    let mut depth = 0;
    let parts = inner.split(|letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        letter == ',' && depth == 0
    });
    let before = before.trim();
    let part = |part: &str| match part.trim() {
        "" => Vec::new(),
        "self" => expand(before.trim_end_matches("::")),
        part => expand(part).into_iter().map(|(path, name)| (format!("{before}{path}"), name)).collect(),
    };
    parts.flat_map(part).collect()
}

/// Paths within code, as `crate::a::b` or `child::b`.
fn inline_paths(line: &str) -> Vec<String> {
    let words = line.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    let paths = words.filter(|word| word.contains("::")).map(|word| word.trim_matches(':').to_owned());
    paths.collect()
}

/// From each file to those that it depends on. What a file only re-exports is no arrow of its own.
fn arrows(sources: &BTreeMap<Module, Source>) -> BTreeMap<&Module, BTreeSet<&Module>> {
    let to = |from: &Module, source: &Source| {
        let found = source.paths.iter().filter_map(|path| resolve(sources, from, path, 0));
        found.filter(|to| *to != from).collect()
    };
    sources.iter().map(|(from, source)| (from, to(from, source))).collect()
}

/// The file that defines what a path of this module names; `None`: it is of another crate.
fn resolve<'a>(
    sources: &'a BTreeMap<Module, Source>,
    from: &Module,
    path: &str,
    depth: usize,
) -> Option<&'a Module> {
    let mut names = path.split("::").map(str::trim).peekable();
    let mut at = from.clone();
    match *names.peek()? {
        "crate" => {
            at.clear();
            names.next();
        }
        "self" => drop(names.next()),
        "super" => {
            while names.next_if_eq(&"super").is_some() {
                at.pop();
            }
        }
        child if sources.contains_key(&below(from, child)) => {}
        _ => return None,
    }
    for name in names {
        let child = below(&at, name);
        if sources.contains_key(&child) {
            at = child;
        } else if let Some(export) = sources.get(&at)?.exports.get(name).filter(|_| depth < 9) {
            return resolve(sources, &at, export, depth + 1);
        } else {
            break;
        }
    }
    sources.get_key_value(&at).map(|(module, _)| module)
}

fn below(module: &Module, name: &str) -> Module {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

/// The circles: sets of files of which each is reached from each other one.
fn circles(arrows: &BTreeMap<&Module, BTreeSet<&Module>>) -> Vec<Vec<String>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        arrows.keys().map(|from| (*from, reached_from(arrows, from))).collect();
    let mut circles: Vec<Vec<String>> = Vec::new();
    for (from, to) in &reached {
        let both: Vec<String> =
            to.iter().filter(|to| reached[*to].contains(from)).map(|to| to.join("::")).collect();
        if !both.is_empty() && !circles.contains(&both) {
            circles.push(both);
        }
    }
    circles
}

fn reached_from<'a>(
    arrows: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
    from: &Module,
) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Module> = arrows[from].iter().copied().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(&arrows[module]);
        }
    }
    reached
}
