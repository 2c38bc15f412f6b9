//! Commands that people and scripts write config files with.

use crate::programs::OTHER_FILE_SYSTEM;
use crate::style::Style;

pub(super) const STYLES: &[Style] = &[
    Style::script("cat >", "cat $NEW > conf/config.json"),
    Style::script("rm, then cat >", "rm conf/config.json; cat $NEW > conf/config.json"),
    Style::script("tee", "tee conf/config.json < $NEW > /dev/null"),
    Style::script("dd conv=notrunc", "dd if=$NEW of=conf/config.json conv=notrunc status=none"),
    Style::script("dd bs=16", "dd if=$NEW of=conf/config.json bs=16 status=none"),
    Style::script("truncate, then >>", "truncate -s 0 conf/config.json; cat $NEW >> conf/config.json"),
    Style::script("cp", "cp $NEW conf/config.json"),
    // The size, the inode and the time of the last write stay the same from the first save to the second.
    Style::script("cp -p of an old file", "cp -p $NEW conf/config.json").after("touch -d 2001-02-03 10?.json"),
    Style::script("cp --remove-destination", "cp --remove-destination $NEW conf/config.json"),
    Style::script("cp --backup", "cp --backup $NEW conf/config.json"),
    Style::script("mv in the directory", "cp $NEW conf/next.json; mv conf/next.json conf/config.json"),
    Style::script("mv from another directory", "cp $NEW next.json; mv next.json conf/config.json"),
    Style::script(
        "mv from another file system",
        "next=$(mktemp /dev/shm/savers.XXXXXX); cp $NEW $next; mv $next conf/config.json",
    )
    .needs(&[OTHER_FILE_SYSTEM]),
    Style::script("mv --backup", "cp $NEW next.json; mv --backup next.json conf/config.json"),
    Style::script("install -m 600", "install -m 600 $NEW conf/config.json"),
    Style::script("sed -i", "sed -i s/$OLD/$N/ conf/config.json").needs(&["sed"]),
    Style::script("sed -i.bak", "sed -i.bak s/$OLD/$N/ conf/config.json").needs(&["sed"]),
    Style::script("perl -i", "perl -i -pe s/$OLD/$N/ conf/config.json").needs(&["perl"]),
    Style::script("perl -pi.bak", "perl -pi.bak -e s/$OLD/$N/ conf/config.json").needs(&["perl"]),
    Style::script(
        "awk && mv",
        "awk '{ sub(old, new); print }' old=$OLD new=$N conf/config.json > conf/t && mv conf/t conf/config.json",
    )
    .needs(&["awk"]),
    Style::script("jq && mv", "jq .retention.events_days=$N conf/config.json > conf/t && mv conf/t conf/config.json")
        .needs(&["jq"]),
    Style::script("jq | sponge", "jq .retention.events_days=$N conf/config.json | sponge conf/config.json")
        .needs(&["jq", "sponge"]),
    Style::script("patch", "patch -s conf/config.json $N.diff")
        .needs(&["patch", "diff"])
        .after("{ diff -u 100.json 101.json > 101.diff; diff -u 101.json 102.json > 102.diff; } || true"),
    // By checksums: by size and time in seconds, the two may be the same to it.
    Style::script("rsync", "rsync --checksum $NEW conf/config.json").needs(&["rsync"]),
    Style::script("rsync --inplace", "rsync --checksum --inplace $NEW conf/config.json").needs(&["rsync"]),
    Style::script("curl -o", "curl -s -o conf/config.json file://$PWD/$NEW").needs(&["curl"]),
    Style::script("configctl set", "$CONFIGCTL --file conf/config.json set /retention/events_days $N"),
    Style::script("Store::update in another process", "$SAVERS update conf/config.json $N"),
];
