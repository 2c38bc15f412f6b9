//! Writers that take their time. What they leave on the way is not valid, and nobody is to hear of it.

use crate::style::Style;

pub(super) const STYLES: &[Style] = &[
    Style::script(
        "half, the rest 600 ms later",
        "{ head -c 80 $NEW; sleep 0.6; tail -c +81 $NEW; } > conf/config.json",
    ),
    Style::script(
        "half, the rest appended 600 ms later",
        "head -c 80 $NEW > conf/config.json; sleep 0.6; tail -c +81 $NEW >> conf/config.json",
    ),
    // The last brace and the newline after it in one: between them the document is complete, and may be served.
    Style::script(
        "a byte every 5 ms",
        "python3 -c \"import time; text = open('$NEW', 'rb').read(); f = open('conf/config.json', 'wb', buffering=0); \
         [(f.write(text[i:i + 1]), time.sleep(0.005)) for i in range(len(text) - 2)]; f.write(text[-2:])\"",
    )
    .needs(&["python3"]),
    Style::script(
        "a line every 100 ms",
        "while IFS= read -r line; do sleep 0.1; echo \"$line\"; done < $NEW > conf/config.json",
    ),
    Style::script(
        "a line every 100 ms beside it, then mv",
        "while IFS= read -r line; do sleep 0.1; echo \"$line\"; done < $NEW > conf/t; mv conf/t conf/config.json",
    ),
    Style::script("empty for 400 ms", ": > conf/config.json; sleep 0.4; cat $NEW > conf/config.json"),
];
