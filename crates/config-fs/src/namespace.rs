//! Who is nobody in a user namespace.

use std::fs;

/// Is this the owner that files have in a user namespace when theirs has no number in it (`user_namespaces(7)`), and nobody
/// else's? A namespace that gives this number to a user of its own does not tell the two apart: there it is that user's.
pub(crate) fn is_outside(uid: u32) -> bool {
    /// What the kernel has unless it was told another.
    const OVERFLOW: u32 = 65_534;
    let told = || fs::read_to_string("/proc/sys/kernel/overflowuid").ok()?.trim().parse().ok();
    uid == told().unwrap_or(OVERFLOW)
        && fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| !covers(&map, uid))
}

/// Has this number a user in the namespace, by lines of `first-inside first-outside count`? What is no such line says
/// nothing, and so trusts nobody.
fn covers(map: &str, uid: u32) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u32> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        match numbers.as_slice() {
            [inside, _, count] => uid >= *inside && uid - inside < *count,
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_number_is_a_user_s_where_a_line_gives_it_to_one() {
        for (map, is_covered) in [
            ("         0          0 4294967295\n", true),
            ("0 1000 1\n", false),
            ("0 100000 65536\n", true),
            ("0 100000 65534\n", false),
            ("0 1000 1\n1 100000 65534\n", true),
            ("65534 1000 1\n", true),
            ("65535 1000 1\n", false),
            ("", false),
            ("something else\n", true),
        ] {
            assert_eq!(covers(map, 65_534), is_covered, "{map:?}");
        }
    }
}
