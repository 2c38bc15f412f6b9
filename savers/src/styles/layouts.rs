//! Directories that are mounted, moved, replaced or gone for a while.

use crate::programs::MOUNTS;
use crate::style::Style;

pub(super) const STYLES: &[Style] = &[
    Style::script("bind-mounted directory, in place", "cat $NEW > source/config.json")
        .needs(&[MOUNTS])
        .after(BIND_DIRECTORY)
        .undo("umount conf"),
    Style::script("bind-mounted directory, replaced", "cp $NEW source/t; mv source/t source/config.json")
        .needs(&[MOUNTS])
        .after(BIND_DIRECTORY)
        .undo("umount conf"),
    Style::script("bind-mounted file, in place", "cat $NEW > source/config.json")
        .needs(&[MOUNTS])
        .after(
            "mkdir source; mv conf/config.json source; touch conf/config.json; \
             mount --bind source/config.json conf/config.json",
        )
        .undo("umount conf/config.json"),
    Style::script("another directory mounted over it", "mount --bind d$N conf")
        .needs(&[MOUNTS])
        .after("for n in 101 102; do mkdir d$n; cp $n.json d$n/config.json; done")
        .undo("while umount conf 2> /dev/null; do :; done"),
    // As in a container: the first save copies the file up from the image.
    Style::script("overlay, in place", "cat $NEW > conf/config.json")
        .needs(&[MOUNTS])
        .after(OVERLAY)
        .undo("umount conf"),
    Style::script("overlay, replaced", "cp $NEW conf/t; mv conf/t conf/config.json")
        .needs(&[MOUNTS])
        .after(OVERLAY)
        .undo("umount conf"),
    Style::script("directory replaced", "mv conf old$N; mv d$N conf")
        .after("for n in 101 102; do mkdir d$n; cp $n.json d$n/config.json; done"),
    Style::script("directory removed and made anew", "rm -r conf; mkdir conf; cp $NEW conf/config.json"),
    Style::script("directory gone for 300 ms", "rm -r conf; sleep 0.3; mkdir conf; cp $NEW conf/config.json"),
    Style::script("directory away and back", "mv conf away; cat $NEW > away/config.json; mv away conf"),
    Style::script(
        "directory away for 300 ms",
        "mv conf away; cat $NEW > away/config.json; sleep 0.3; mv away conf",
    ),
    Style::script(
        "directory above it away and back",
        "mv tree away; cat $NEW > away/conf/config.json; mv away tree",
    )
    .after("mkdir tree; mv conf tree; ln -s tree/conf conf"),
    Style::script("file gone for 300 ms", "rm conf/config.json; sleep 0.3; cat $NEW > conf/config.json"),
];

const BIND_DIRECTORY: &str = "mkdir source; mv conf/config.json source; mount --bind source conf";

const OVERLAY: &str = "mkdir lower upper work; mv conf/config.json lower; \
                       mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work conf";
