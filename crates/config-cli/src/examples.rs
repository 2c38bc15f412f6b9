//! What `configctl COMMAND --help` shows of each command's use.

pub(crate) const EDIT: &str = "\
The editor has to wait until the file is closed, as `vi` or `code --wait` do. \
What it leaves is checked; where that is wrong, the problems are shown and the editor is opened again. \
What is valid is saved if the file is as it was when the edit began; \
if not, both changes are shown, and can be edited together. \
Whatever fails, what was typed is kept, and the failure says where.

Examples:
  configctl edit
  EDITOR='code --wait' configctl --file /etc/gateway/config.json edit";

pub(crate) const INIT: &str = "\
Examples:
  configctl init
  configctl --file /etc/gateway/config.json init";

pub(crate) const PATH: &str = "\
Examples:
  vi \"$(configctl path)\"";

pub(crate) const SHOW: &str = "\
Examples:
  configctl show
  configctl show --json | jq .retention";

pub(crate) const GET: &str = "\
Examples:
  configctl get /models/fast/upstream
  configctl get ''                        # everything, secrets too";

pub(crate) const SET: &str = "\
Examples:
  configctl set /models/fast/enabled false
  configctl set /models/fast '{\"upstream\": \"gpt-5-mini\", \"enabled\": true, \"allowed_keys\": [\"*\"]}'
  configctl set /models/fast/allowed_keys/- sk-new-key
  configctl set /features/debug true --if-revision \"$(configctl status --json | jq -r .revision)\"";

pub(crate) const UNSET: &str = "\
Examples:
  configctl unset /models/fast
  configctl unset /retention/events_days    # back to its default";

pub(crate) const VALIDATE: &str = "\
Examples:
  configctl validate
  configctl validate candidate.json && mv candidate.json \"$(configctl path)\"
  generate | configctl validate - --strict --json";

pub(crate) const HISTORY: &str = "\
Examples:
  configctl history
  configctl history --json | jq -r '.history[].revision'";

pub(crate) const DIFF: &str = "\
Examples:
  configctl diff                          # from the one before to the file
  configctl diff dfb5
  configctl diff dfb5 candidate.json";

pub(crate) const ROLLBACK: &str = "\
Examples:
  configctl rollback dfb5";

pub(crate) const WATCH: &str = "\
It ends with Ctrl-C, SIGTERM, or whoever reads its output; the exit code is 0 then. SIGHUP makes it look at once.

Examples:
  configctl watch
  configctl watch --json | jq -r .event";

pub(crate) const STATUS: &str = "\
Examples:
  configctl status
  configctl status --json | jq -r .state";

pub(crate) const DOCTOR: &str = "\
Examples:
  configctl doctor
  configctl doctor --fix";

pub(crate) const SCHEMA: &str = "\
Examples:
  configctl schema > gateway.schema.json
  configctl schema --write";

pub(crate) const MIGRATE: &str = "\
Examples:
  configctl migrate";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  configctl completions bash > ~/.local/share/bash-completion/completions/configctl
  configctl completions zsh > ~/.zfunc/_configctl
  configctl completions fish > ~/.config/fish/completions/configctl.fish";

pub(crate) const MAN: &str = "\
Examples:
  configctl man | man -l -
  configctl man set > /usr/local/share/man/man1/configctl-set.1";
