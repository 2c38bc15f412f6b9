//! The gateway from outside: the real program, over HTTP.

#[cfg(test)]
#[path = "all/answers.rs"]
mod answers;
#[cfg(test)]
#[path = "all/lifecycle.rs"]
mod lifecycle;
#[cfg(test)]
#[path = "all/refusals.rs"]
mod refusals;
#[cfg(test)]
#[path = "all/reload.rs"]
mod reload;
#[cfg(test)]
#[path = "all/support.rs"]
mod support;
#[cfg(test)]
#[path = "all/upstream.rs"]
mod upstream;
