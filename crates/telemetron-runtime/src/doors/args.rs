//! Settings of all doors.

/// Who may come in, and how many at a time.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Ports")]
pub struct DoorArgs {
    /// Names under which this process may be asked, separated by commas, such as
    /// traces.example.com; `*` for every name. Addresses, names of this machine and, where it
    /// listens beyond loopback, names that no public DNS has always may be used
    #[arg(long, env, value_delimiter = ',', value_name = "NAME")]
    pub allowed_hosts: Vec<String>,

    /// Most connections at a time, on each port; fewer where the limit of open files is low
    #[arg(long, env, default_value_t = MOST_CONNECTIONS, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(16..=1_000_000))]
    pub max_connections: u32,
}

const MOST_CONNECTIONS: u32 = 2048;

impl Default for DoorArgs {
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            max_connections: MOST_CONNECTIONS,
        }
    }
}
