//! What brings a file back from somewhere: archives and git.

use crate::style::Style;

pub(super) const STYLES: &[Style] = &[
    Style::script("git checkout", "git -C conf checkout -q g$N").needs(&["git"]).after(BRANCHES),
    Style::script("git reset --hard", "git -C conf reset -q --hard g$N").needs(&["git"]).after(BRANCHES),
    // The first save is a stash that is popped. For the second one, HEAD is moved, and what was popped is stashed again.
    Style::script(
        "git stash pop, git stash",
        "if test $N = 101; then git -C conf stash pop -q; \
         else git -C conf reset -q --soft g$N; git -C conf stash -q; fi",
    )
    .needs(&["git"])
    .after(STASH),
    Style::script("git pull", "git -C conf pull -q --ff-only origin g$N").needs(&["git"]).after(ORIGIN),
    Style::script("tar x", "tar -xf $N.tar -C conf").needs(&["tar"]).after(TAR),
    Style::script("tar x --overwrite", "tar -xf $N.tar --overwrite -C conf").needs(&["tar"]).after(TAR),
    Style::script("unzip -o", "unzip -qo $N.zip -d conf").needs(&["unzip", "zip"]).after(
        "for n in 101 102; do mkdir a$n; cp $n.json a$n/config.json; (cd a$n; zip -q ../$n.zip *); done",
    ),
    Style::script("cpio -idu", "cd conf; cpio -idu --quiet < ../$N.cpio").needs(&["cpio"]).after(
        "for n in 101 102; do mkdir a$n; cp $n.json a$n/config.json; \
         (cd a$n; echo config.json | cpio -o --quiet > ../$n.cpio); done",
    ),
];

const TAR: &str = "for n in 101 102; do mkdir a$n; cp $n.json a$n/config.json; \
                   tar -cf $n.tar -C a$n config.json; done";

/// A branch for each generation.
const BRANCHES: &str = "cd conf; git init -q .; for n in 100 101 102; do cp ../$n.json config.json; \
                        git add config.json; git commit -q -m $n; git branch g$n; done; git checkout -q g100";

const STASH: &str = "cd conf; git init -q .; for n in 102 100; do cp ../$n.json config.json; \
                     git add config.json; git commit -q -m $n; git branch g$n; done; \
                     cp ../101.json config.json; git stash -q";

const ORIGIN: &str = "cd conf; git init -q .; for n in 100 101 102; do cp ../$n.json config.json; \
                      git add config.json; git commit -q -m $n; git branch g$n; done; \
                      cd ..; git clone -q --bare conf origin; \
                      cd conf; git remote add origin ../origin; git reset -q --hard g100";
