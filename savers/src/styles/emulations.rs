//! Editors and services that cannot run here, by what they are known to do to the file.

use crate::style::Style;

pub(super) const STYLES: &[Style] = &[
    // microsoft/vscode, src/vs/platform/files/node/diskFileSystemProvider.ts: `open` with 'w', `write` at once, `close`
    // with fdatasync.
    Style::script(
        "as VS Code",
        "node -e \"const f = fs.openSync('conf/config.json', 'w'); fs.writeSync(f, fs.readFileSync('$NEW')); \
         fs.fdatasyncSync(f); fs.closeSync(f)\"",
    )
    .needs(&["node"]),
    // "Use safe write": a file NAME___jb_tmp___ is written, the old one is renamed to NAME___jb_old___, the new one takes
    // its place, the old one is deleted. Tools that watch ignore both names, such as tilt's ephemeral file filter.
    Style::script(
        "as JetBrains, safe write",
        "cp $NEW conf/config.json___jb_tmp___; mv conf/config.json conf/config.json___jb_old___; \
         mv conf/config.json___jb_tmp___ conf/config.json; rm conf/config.json___jb_old___",
    ),
    // The same IDEs with safe write switched off.
    Style::script("as JetBrains, no safe write", "cat $NEW > conf/config.json"),
    // GLib, gio/glocalfileoutputstream.c, handle_overwrite_open and the close: mkstemp of .goutputstream-XXXXXX, with
    // a backup a hard link of the old file to NAME~, fsync, rename.
    Style::script(
        "as gedit, GNOME Text Editor (GIO)",
        "cp $NEW conf/.goutputstream-A1B2C3; sync conf/.goutputstream-A1B2C3; \
         mv conf/.goutputstream-A1B2C3 conf/config.json",
    ),
    Style::script(
        "as gedit with a backup copy (GIO)",
        "cp $NEW conf/.goutputstream-A1B2C3; rm -f conf/config.json~; ln conf/config.json conf/config.json~; \
         mv conf/.goutputstream-A1B2C3 conf/config.json",
    ),
    // Qt's QSaveFile, which KTextEditor and KConfig save with: a temporary NAME.XXXXXX in the directory, and a rename.
    // Kate's swap file .NAME.kate-swp is beside it meanwhile.
    Style::script(
        "as Kate (QSaveFile)",
        "touch conf/.config.json.kate-swp; cp $NEW conf/config.json.Xq3fTz; \
         mv conf/config.json.Xq3fTz conf/config.json; rm conf/.config.json.kate-swp",
    ),
    // The setting "atomic_save": "save to an alternate file, and then rename it over the original"; off by default.
    Style::script(
        "as Sublime Text, atomic_save",
        "cp $NEW conf/.subl1a2.tmp; mv conf/.subl1a2.tmp conf/config.json",
    ),
    // Editors of the kind of Windows' Notepad, through a shared directory: delete, then create.
    Style::script(
        "delete, then create",
        "rm conf/config.json; touch conf/config.json; dd if=$NEW of=conf/config.json status=none",
    ),
    // atom/text-buffer saves through a write stream to the file itself.
    Style::script(
        "as Atom",
        "node -e \"const s = fs.createWriteStream('conf/config.json'); s.end(fs.readFileSync('$NEW'))\"",
    )
    .needs(&["node"]),
    // Cocoa's safe save: NAME.sb-XXXXXXXX-XXXXXX is written and swapped with the file, then what was the file is deleted.
    Style::script(
        "as TextEdit (.sb-, exchange)",
        "python3 -c \"import ctypes, os, shutil; new = 'conf/config.json.sb-1a2b3c4d-x5Y6z7'; \
         shutil.copy('$NEW', new); libc = ctypes.CDLL(None, use_errno=True); \
         done = libc.renameat2(-100, new.encode(), -100, b'conf/config.json', 2); \
         assert done == 0, os.strerror(ctypes.get_errno()); os.remove(new)\"",
    )
    .needs(&["python3"]),
    // The Emacs manual, "Interlocking": a lock is a symbolic link .#NAME that leads nowhere.
    Style::script(
        "with Emacs' lock beside",
        "ln -s me@here.4711:1 conf/.#config.json; cat $NEW > conf/config.json; rm conf/.#config.json",
    ),
    // Syncthing's documentation, "temporary files": .syncthing.NAME.tmp, renamed when it is complete.
    Style::script(
        "as Syncthing",
        "dd if=$NEW of=conf/.syncthing.config.json.tmp bs=64 status=none; touch -d 2001-02-03 \
         conf/.syncthing.config.json.tmp; mv conf/.syncthing.config.json.tmp conf/config.json",
    ),
    // ansible, lib/ansible/module_utils/basic.py, atomic_move: into the directory as .ansible_tmp..., mode and owner,
    // then a rename.
    Style::script(
        "as Ansible",
        "cp $NEW conf/.ansible_tmpx1y2config.json; chmod 600 conf/.ansible_tmpx1y2config.json; \
         chown --reference=conf/config.json conf/.ansible_tmpx1y2config.json; \
         mv conf/.ansible_tmpx1y2config.json conf/config.json",
    ),
];
