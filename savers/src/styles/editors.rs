//! Real editors, on a terminal or, where they are made for it, from a pipe.

use crate::style::{Style, Typed};

pub(super) const STYLES: &[Style] = &[
    vim("vim backupcopy=yes", "set backupcopy=yes writebackup"),
    vim("vim backupcopy=no", "set backupcopy=no writebackup"),
    vim("vim backupcopy=auto", "set backupcopy=auto writebackup"),
    vim("vim backupcopy=breaksymlink", "set backupcopy=auto,breaksymlink writebackup").after(BEHIND_A_LINK),
    vim("vim backupcopy=yes nowritebackup", "set backupcopy=yes nowritebackup"),
    vim("vim backupcopy=no nowritebackup", "set backupcopy=no nowritebackup"),
    vim("vim backupcopy=auto nowritebackup", "set backupcopy=auto nowritebackup"),
    vim("vim backupcopy=breaksymlink nowritebackup", "set backupcopy=auto,breaksymlink nowritebackup")
        .after(BEHIND_A_LINK),
    vim("vim backup", "set backup"),
    emacs("emacs", "(setq make-backup-files t)"),
    emacs("emacs backup-by-copying", "(setq make-backup-files t backup-by-copying t)"),
    emacs("emacs without backup files", "(setq make-backup-files nil)"),
    emacs("emacs file-precious-flag", "(setq-default file-precious-flag t)"),
    nano("nano", "--ignorercfiles"),
    nano("nano --backup", "--backup"),
    Style::script("ed", "printf '%s\\n' \",s/$OLD/$N/\" w q | ed -s conf/config.json").needs(&["ed"]),
    Style::script("ex", "ex -s -u NONE -i NONE -c \"%s/$OLD/$N/\" -c x conf/config.json").needs(&["ex"]),
];

const BEHIND_A_LINK: &str = "mv conf/config.json real.json; ln -s ../real.json conf/config.json";

const fn vim(name: &'static str, settings: &'static str) -> Style {
    let typed = Typed {
        program: "vim",
        settings,
        // Its swap file is left on: it is the noise beside every real save. By default, vim makes no backup of what is
        // in a directory for temporary files, and saves it in place.
        arguments: &[
            "-u",
            "NONE",
            "-i",
            "NONE",
            "--cmd",
            "set nocompatible backupskip=",
            "--cmd",
            "$SETTINGS",
            CONFIG,
        ],
        steps: &[("events_days", ":%s/$OLD/$N/\r:wq\r")],
    };
    Style::typed(name, &["vim"], typed)
}

const fn emacs(name: &'static str, settings: &'static str) -> Style {
    let typed = Typed {
        program: "emacs",
        settings,
        // It makes no backup of what is in a directory for temporary files either.
        arguments: &["-Q", "-nw", "--eval", BACKUP_ANYWHERE, "--eval", "$SETTINGS", CONFIG, "--eval", EDIT],
        steps: &[("$N", "\x18\x13"), ("Wrote", "\x18\x03")],
    };
    Style::typed(name, &["emacs"], typed)
}

const fn nano(name: &'static str, settings: &'static str) -> Style {
    let typed = Typed {
        program: "nano",
        settings,
        arguments: &["$SETTINGS", CONFIG],
        steps: &[
            ("events_days", "\x1c"),
            ("Search", "$OLD\r"),
            ("Replace with", "$N\r"),
            ("this instance", "A"),
            ("Replaced", "\x0f"),
            ("Write", "\r"),
            ("Wrote", "\x18"),
        ],
    };
    Style::typed(name, &["nano"], typed)
}

const BACKUP_ANYWHERE: &str = "(setq backup-enable-predicate (lambda (_) t))";

const EDIT: &str = "(progn (goto-char (point-min)) (search-forward \"$OLD\") (replace-match \"$N\"))";

const CONFIG: &str = "conf/config.json";
