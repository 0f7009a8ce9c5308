//! What a trace is called: what was asked, in a line.

/// Longest title, in letters.
const MOST: usize = 100;

/// The title of a prompt: its first line, the summary of a notice, or the command that it is.
pub fn title(prompt: &str) -> Option<String> {
    let notice = prompt.trim_start().starts_with("<task-notification>");
    let summary = notice.then(|| within(prompt, "summary")).flatten();
    let command = || within(prompt, "command-name");
    let mut lines = prompt.lines().map(str::trim);
    let first = || lines.find(|line| !line.is_empty());
    let text = summary.or_else(command).or_else(first)?;
    let mut title: String = text.chars().take(MOST).collect();
    if title.len() < text.len() {
        title.push('…');
    }
    Some(title)
}

/// The project of a folder: its name.
pub fn project(folder: &str) -> Option<String> {
    let name = folder.trim_end_matches(['/', '\\']);
    let name = name.rsplit(['/', '\\']).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The sub-agent whose end a prompt announces.
pub(super) fn finished_agent(prompt: &str) -> Option<&str> {
    let notice = prompt.trim_start().starts_with("<task-notification>");
    let ended = within(prompt, "status").is_some_and(|status| status != "running");
    (notice && ended)
        .then(|| within(prompt, "task-id"))
        .flatten()
}

/// The text of the first element of this name.
fn within<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let open = format!("<{name}>");
    let begin = text.find(&open)? + open.len();
    let length = text[begin..].find(&format!("</{name}>"))?;
    Some(text[begin..begin + length].trim()).filter(|inner| !inner.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_a_line_a_command_or_what_a_notice_says() {
        assert_eq!(title("\n fix it \nplease").as_deref(), Some("fix it"));
        assert_eq!(title("  \n"), None);
        let notice = "<task-notification>\n<task-id>a7</task-id>\n<status>completed</status>\n\
                      <summary>Agent \"x\" finished</summary></task-notification>";
        assert_eq!(title(notice).as_deref(), Some("Agent \"x\" finished"));
        assert_eq!(finished_agent(notice), Some("a7"));
        assert_eq!(finished_agent("<task-id>a7</task-id>"), None);
        let command =
            "<command-message>compact</command-message>\n<command-name>/compact</command-name>";
        assert_eq!(title(command).as_deref(), Some("/compact"));
        assert_eq!(
            title(&"ä".repeat(200)).map(|title| title.chars().count()),
            Some(101)
        );
    }

    #[test]
    fn a_project_is_the_name_of_its_folder() {
        assert_eq!(project("/home/u/shop/").as_deref(), Some("shop"));
        assert_eq!(project(r"C:\work\shop").as_deref(), Some("shop"));
        assert_eq!(project("/"), None);
    }
}
