//! `cargo xtask test`: the one command of the README.

use crate::run::{Done, cargo, sh};
use crate::tools;

/// What the tests drive, the package that has it, and what is skipped without it.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("vi", "vim", "saving with the real vi"),
    ("strace", "strace", "which system calls precede an acknowledgement"),
    ("faketime", "faketime", "a clock that is set back"),
    ("setfacl", "acl", "what a default access control list gives away"),
    ("chattr", "e2fsprogs", "a file that is immutable"),
];

pub(crate) fn run() -> Done {
    let mut skipped = Vec::new();
    let mut tests = cargo();
    tests.args(["test", "--workspace"]);
    for (program, package, what) in PROGRAMS {
        if tools::from_packages(program, package) {
            // A test that needs the program fails without it, instead of passing by doing nothing.
            tests.env(format!("ACCEPTANCE_NEEDS_{}", program.to_uppercase()), "1");
        } else {
            skipped.push(format!("{what}: {program} is not installed (package {package})"));
        }
    }
    sh(&mut tests)?;
    println!("\nall tests passed");
    for reason in &skipped {
        println!("SKIPPED {reason}");
    }
    Ok(())
}
