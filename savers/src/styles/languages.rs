//! What programs do, by what their languages offer.

use crate::style::Style;

pub(super) const STYLES: &[Style] = &[
    python("python open('w')", "python3 -c \"open('conf/config.json', 'w').write(open('$NEW').read())\""),
    python(
        "python Path.write_text",
        "python3 -c \"from pathlib import Path; Path('conf/config.json').write_text(Path('$NEW').read_text())\"",
    ),
    python(
        "python os.replace",
        "python3 -c \"import os; f = open('conf/t', 'w'); f.write(open('$NEW').read()); f.flush(); \
         os.fsync(f.fileno()); f.close(); os.replace('conf/t', 'conf/config.json')\"",
    ),
    python(
        "python tempfile, shutil.move",
        "python3 -c \"import shutil, tempfile; t = tempfile.NamedTemporaryFile('w', dir='conf', delete=False); \
         t.write(open('$NEW').read()); t.close(); shutil.move(t.name, 'conf/config.json')\"",
    ),
    python(
        "python line by line",
        "python3 -c \"f = open('conf/config.json', 'w', buffering=1); f.writelines(open('$NEW')); f.close()\"",
    ),
    // Written through memory, the kernel reports neither a write nor a change of size.
    python(
        "python mmap",
        "python3 -c \"import mmap; f = open('conf/config.json', 'r+b'); m = mmap.mmap(f.fileno(), 0); \
         m[:] = open('$NEW', 'rb').read(); m.flush(); m.close(); f.close()\"",
    ),
    node("node writeFileSync", "node -e \"fs.writeFileSync('conf/config.json', fs.readFileSync('$NEW'))\""),
    node(
        "node renameSync",
        "node -e \"fs.writeFileSync('conf/t', fs.readFileSync('$NEW')); fs.renameSync('conf/t', 'conf/config.json')\"",
    ),
    node(
        "node createWriteStream",
        "node -e \"fs.createReadStream('$NEW', {highWaterMark: 32}).pipe(fs.createWriteStream('conf/config.json'))\"",
    ),
];

const fn python(name: &'static str, save: &'static str) -> Style {
    Style::script(name, save).needs(&["python3"])
}

const fn node(name: &'static str, save: &'static str) -> Style {
    Style::script(name, save).needs(&["node"])
}
