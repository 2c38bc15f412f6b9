//! Links on the way to the file, and saves that go by another way or change a link.

use crate::style::Style;

pub(super) const STYLES: &[Style] = &[
    Style::script("ln -f", "cp $NEW next.json; ln -f next.json conf/config.json; rm next.json"),
    Style::script("ln -sf", "ln -sf ../sets/$NEW conf/config.json")
        .after("mkdir sets; cp 10?.json sets; ln -sf ../sets/100.json conf/config.json"),
    Style::script("ln -sfn of the directory", "ln -sfn d$N conf").after(DIRECTORIES),
    Style::script("directory link replaced by mv -T", "ln -s d$N next; mv -T next conf").after(DIRECTORIES),
    Style::script("sed -i --follow-symlinks", "sed -i --follow-symlinks s/$OLD/$N/ conf/config.json")
        .needs(&["sed"])
        .after(STOW),
    Style::script("stow, in place", "cat $NEW > dotfiles/conf/config.json").after(STOW),
    Style::script("stow, replaced", "cp $NEW dotfiles/conf/t; mv dotfiles/conf/t dotfiles/conf/config.json")
        .after(STOW),
    Style::script("stow, link replaced by a file", "cp $NEW conf/t; mv conf/t conf/config.json").after(STOW),
    Style::script("link chain, in place", "cat $NEW > c/real.json").after(CHAIN),
    Style::script("link chain, replaced", "cp $NEW c/t; mv c/t c/real.json").after(CHAIN),
    Style::script("link chain, middle re-pointed", "cp $NEW c/$NEW; ln -sf ../c/$NEW b/two").after(CHAIN),
    Style::script("other hard link, in place", "cat $NEW > other/name.json")
        .after("mkdir other; ln conf/config.json other/name.json"),
    // What the kubelet does with a ConfigMap: a new directory, a new link beside ..data, renamed over it.
    Style::script(
        "Kubernetes ..data",
        "mkdir conf/..$N; cp $NEW conf/..$N/config.json; ln -s ..$N conf/..data_tmp; \
         mv -T conf/..data_tmp conf/..data; rm -r conf/..$OLD",
    )
    .after(
        "mkdir conf/..100; mv conf/config.json conf/..100; ln -s ..100 conf/..data; \
         ln -s ..data/config.json conf/config.json",
    ),
];

/// `conf` is a link to one of several directories.
const DIRECTORIES: &str = "rm -r conf; for n in 100 101 102; do mkdir d$n; cp $n.json d$n/config.json; done; \
                           ln -s d100 conf";

/// The file is a link into a directory of dotfiles, as GNU stow lays it out.
const STOW: &str = "mkdir -p dotfiles/conf; mv conf/config.json dotfiles/conf; \
                    ln -s ../dotfiles/conf/config.json conf/config.json";

/// Three links, each in a directory of its own.
const CHAIN: &str = "mkdir a b c; mv conf/config.json c/real.json; ln -s ../c/real.json b/two; \
                     ln -s ../b/two a/one; ln -s ../a/one conf/config.json";
