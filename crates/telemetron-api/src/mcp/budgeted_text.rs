//! An answer that fits: a head, sections of whole items, and what was left out.
//!
//! The head stands, and the first item of the first section: where there is room for no more, calls
//! worth making next go before it does, then the ends of long lines. The other sections get their
//! room in order of importance: first each up to its share, then, while there is room left, each on
//! from where it stopped. Any other item is shown whole or not at all, and items of a section are
//! shown from its first on, so that "the rest" is a place to go on from.

use super::tokens::tokens;

/// What an answer may take when nobody says.
pub(super) const USUAL_TOKENS: usize = 4_000;

/// The least that can be asked for: a head and a few lines.
pub(super) const LEAST_TOKENS: usize = 300;

/// The most that can be asked for: what clients show without spilling into a file.
pub(super) const MOST_TOKENS: usize = 25_000;

/// Kept free for the line that says what a section leaves out, with a cursor.
const REST_TOKENS: usize = 130;

/// Of the first item at least so much is shown.
const ITEM_TOKENS: usize = 90;

/// A line of the head is not made shorter than this for the sake of the first item.
const LINE_TOKENS: usize = 40;

/// A section: its items, and how to get those that are not shown.
#[derive(Debug, Default)]
pub(super) struct Section {
    title: String,
    items: Vec<String>,
    share: usize,
    shown: usize,
    /// Items beyond those that are here.
    beyond: i64,
    rest: String,
    is_sized: bool,
}

/// An answer in the making.
#[derive(Debug)]
pub(super) struct BudgetedText {
    budget: usize,
    head: Vec<String>,
    sections: Vec<Section>,
    foot: Vec<String>,
}

impl Section {
    /// A section whose items are shown as far as there is room.
    pub(super) fn new(title: impl Into<String>, items: Vec<String>) -> Self {
        Self {
            title: title.into(),
            items,
            share: 100,
            ..Self::default()
        }
    }

    /// At most so many hundredths of the room, while others want some.
    pub(super) const fn share(mut self, hundredths: usize) -> Self {
        self.share = hundredths;
        self
    }

    /// There are so many more, elsewhere.
    pub(super) const fn beyond(mut self, more: i64) -> Self {
        self.beyond = more;
        self
    }

    /// The call that gets what is not shown.
    pub(super) fn rest(mut self, call: impl Into<String>) -> Self {
        self.rest = call.into();
        self
    }

    /// Its items were cut to fit already: no room is kept for what they leave out.
    pub(super) const fn sized(mut self) -> Self {
        self.is_sized = true;
        self
    }

    const fn has_items(&self) -> bool {
        !self.items.is_empty()
    }

    /// What its first item takes.
    fn first_tokens(&self) -> usize {
        self.items.first().map_or(0, |item| tokens(item) + 1)
    }

    /// What its heading and the line about the rest take.
    fn around(&self) -> usize {
        tokens(&self.title) + tokens(&self.rest) + 24
    }

    fn left(&self) -> i64 {
        let here = self.items.len().saturating_sub(self.shown);
        i64::try_from(here)
            .unwrap_or(i64::MAX)
            .saturating_add(self.beyond)
    }

    /// Shows items while they fit; gives the room that they took.
    fn show(&mut self, room: usize) -> usize {
        let mut taken = 0;
        if self.shown == 0 && !self.items.is_empty() {
            taken += tokens(&self.title) + 4;
        }
        let first = self.shown;
        while let Some(item) = self.items.get(self.shown) {
            let size = tokens(item) + 1;
            if taken + size > room {
                break;
            }
            taken += size;
            self.shown += 1;
        }
        if self.shown == first { 0 } else { taken }
    }

    fn write(&self, text: &mut String) {
        if self.items.is_empty() && self.beyond == 0 {
            return;
        }
        text.push_str("\n## ");
        text.push_str(&self.title);
        text.push('\n');
        for item in self.items.iter().take(self.shown) {
            text.push_str(item);
            text.push('\n');
        }
        let left = self.left();
        if left > 0 {
            let call = if self.rest.is_empty() {
                "a larger max_tokens shows them"
            } else {
                &self.rest
            };
            text.push_str(&format!("… {left} more: {call}\n"));
        }
    }
}

impl BudgetedText {
    /// An empty answer of at most so many tokens.
    pub(super) const fn new(budget: usize) -> Self {
        Self {
            budget,
            head: Vec::new(),
            sections: Vec::new(),
            foot: Vec::new(),
        }
    }

    /// Adds a line that always stands; nothing when it is empty.
    pub(super) fn line(&mut self, line: impl Into<String>) -> &mut Self {
        self.head.push(line.into());
        self.head.retain(|line| !line.is_empty());
        self
    }

    /// Adds a section, less important than those before; gives its place.
    pub(super) fn section(&mut self, section: Section) -> usize {
        self.sections.push(section);
        self.sections.len() - 1
    }

    /// Adds a call worth making next; it always stands.
    pub(super) fn next(&mut self, call: impl Into<String>) -> &mut Self {
        self.foot.push(call.into());
        self
    }

    /// Decides what is shown.
    pub(super) fn fit(&mut self) {
        self.make_room();
        let wanted = self
            .sections
            .iter()
            .filter(|section| section.left() > 0 && !section.is_sized);
        let kept: usize = wanted
            .map(|section| tokens(&section.title) + REST_TOKENS)
            .sum();
        let mut room = self.budget.saturating_sub(self.fixed());
        // With little room, a line for every section would leave none for items.
        let kept = kept.min(room / 2);
        self.shorten_the_first(room);
        room -= kept;
        let all = room;
        for section in &mut self.sections {
            room -= section.show(room.min(all * section.share / 100));
        }
        for section in &mut self.sections {
            room -= section.show(room);
        }
        if let Some(first) = self.sections.iter_mut().find(|section| section.has_items()) {
            first.shown = first.shown.max(1);
        }
    }

    /// What the head and the calls take.
    fn fixed(&self) -> usize {
        let lines = self.head.iter().chain(&self.foot);
        10 + lines.map(|line| tokens(line) + 2).sum::<usize>()
    }

    /// Takes room from calls and from long lines of the head until the first item has some.
    fn make_room(&mut self) {
        let Some(section) = self.sections.iter().find(|section| section.has_items()) else {
            return;
        };
        let wanted = section.around() + section.first_tokens().min(ITEM_TOKENS);
        while self.fixed() + wanted > self.budget {
            let lines = self.head.iter_mut().skip(1);
            let longest = lines.max_by_key(|line| tokens(line));
            match longest.filter(|line| tokens(line) > LINE_TOKENS) {
                _ if self.foot.len() > 1 => drop(self.foot.pop()),
                Some(line) => *line = clipped(line, (tokens(line) * 2 / 3).max(LINE_TOKENS)),
                None if self.foot.pop().is_some() => {}
                None => return,
            }
        }
    }

    /// Cuts the most important item to what there is room for: an answer that only counts what it
    /// leaves out helps nobody.
    fn shorten_the_first(&mut self, room: usize) {
        let Some(section) = self.sections.iter_mut().find(|section| section.has_items()) else {
            return;
        };
        let room = room.saturating_sub(section.around());
        if section.first_tokens() > room
            && let Some(item) = section.items.first_mut()
        {
            let lines = within(item.clone(), room);
            *item = if lines.lines().count() > 1 {
                lines.trim_end().to_owned()
            } else {
                clipped(item, room)
            };
        }
    }

    /// How many items of a section are shown, of how many that are here.
    pub(super) fn shown(&self, place: usize) -> (usize, usize) {
        let section = self.sections.get(place);
        section.map_or((0, 0), |section| (section.shown, section.items.len()))
    }

    /// Says how to get what a section leaves out.
    pub(super) fn set_rest(&mut self, place: usize, call: String) {
        if let Some(section) = self.sections.get_mut(place) {
            section.rest = call;
        }
    }

    /// Decides what is shown, and writes it.
    pub(super) fn finish(mut self) -> String {
        self.fit();
        self.write()
    }

    /// Writes what was decided. Sections that found no room are named while there is some.
    pub(super) fn write(self) -> String {
        let mut text: String = self.head.iter().map(|line| format!("{line}\n")).collect();
        let foot = match self.foot.as_slice() {
            [] => String::new(),
            calls => format!("\nNext:\n- {}\n", calls.join("\n- ")),
        };
        let room = self.budget.saturating_sub(tokens(&foot));
        let mut dropped = Vec::new();
        for section in &self.sections {
            let before = text.len();
            section.write(&mut text);
            if tokens(&text) > room {
                text.truncate(before);
                dropped.push(section.title.as_str());
            }
        }
        if !dropped.is_empty() {
            text.push_str(&format!(
                "Left out for want of room: {}\n",
                dropped.join(", ")
            ));
        }
        within((text + &foot).trim_start().to_owned(), self.budget)
    }
}

/// A text that fits, by whole lines: a head that is too large itself is cut, and says so.
fn within(text: String, budget: usize) -> String {
    if tokens(&text) <= budget {
        return text;
    }
    const CUT: &str = "… cut: ask with a larger max_tokens\n";
    let mut room = budget.saturating_sub(tokens(CUT));
    let mut kept = String::new();
    for line in text.lines() {
        let size = tokens(line) + 1;
        if size > room {
            break;
        }
        room -= size;
        kept.push_str(line);
        kept.push('\n');
    }
    kept + CUT
}

/// The head of a text, of at most so many tokens, with a mark where it was cut.
fn clipped(text: &str, most: usize) -> String {
    const CUT: &str = " …";
    let line = text.lines().next().unwrap_or_default();
    let ends: Vec<_> = line.char_indices().map(|(at, _)| at).collect();
    let fits = |end: &usize| tokens(&line[..*end]) + 4 <= most;
    let end = ends.partition_point(fits).checked_sub(1);
    let end = end.and_then(|at| ends.get(at)).copied().unwrap_or_default();
    format!("{}{CUT}", line[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(count: usize) -> Vec<String> {
        (0..count)
            .map(|n| format!("- item {n} says something"))
            .collect()
    }

    #[test]
    fn what_fits_is_shown_whole() {
        let mut answer_text = BudgetedText::new(400);
        answer_text.line("head").next("do(it)");
        answer_text.section(Section::new("Things", items(2)));
        let text = answer_text.finish();
        insta::assert_snapshot!(text, @r"
        head

        ## Things
        - item 0 says something
        - item 1 says something

        Next:
        - do(it)
        ");
    }

    #[test]
    fn what_does_not_fit_is_counted_with_the_call_that_gets_it() {
        let mut answer_text = BudgetedText::new(400);
        answer_text.line("head");
        let section = Section::new("Things", items(500))
            .beyond(7)
            .rest("things(cursor=x)");
        answer_text.section(section);
        let text = answer_text.finish();
        assert!(tokens(&text) <= 400, "{text}");
        let shown = text.matches("- item").count();
        assert!(shown > 10, "{text}");
        let rest = format!("… {} more: things(cursor=x)", 507 - shown);
        assert!(text.contains(&rest), "{text}");
    }

    #[test]
    fn where_no_item_fits_the_first_lines_of_one_are_shown() {
        let mut answer_text = BudgetedText::new(LEAST_TOKENS);
        answer_text.line("head ".repeat(40));
        let item = format!(
            "- what is wrong\n  {}\n  next: do(it)",
            "evidence ".repeat(180)
        );
        let section = Section::new("Things", vec![item.clone(), item]);
        answer_text.section(section.rest("things(cursor=x)"));
        let text = answer_text.finish();
        assert!(tokens(&text) <= LEAST_TOKENS, "{text}");
        assert!(text.contains("- what is wrong\n… cut"), "{text}");
        assert!(text.contains("… 1 more: things(cursor=x)"), "{text}");
    }

    #[test]
    fn the_first_item_stands_whatever_the_budget() {
        for budget in LEAST_TOKENS..=500 {
            let mut answer_text = BudgetedText::new(budget);
            answer_text
                .line(format!("# {}", "name ".repeat(16)))
                .line(format!("verdict: {}", "words of it ".repeat(50)))
                .next(format!("span_detail(span_id=\"{}\")", "a1".repeat(30)))
                .next("compare()");
            let cause = format!("1. it began here {}", "and went on ".repeat(45));
            answer_text.section(Section::new("Likely causes", vec![cause; 3]).share(45));
            answer_text.section(Section::new("Findings", items(4)).share(60));
            let text = answer_text.finish();
            assert!(tokens(&text) <= budget, "{budget}: {text}");
            assert!(
                text.contains("## Likely causes\n1. it began here"),
                "{budget}: {text}"
            );
        }
    }

    #[test]
    fn the_first_section_does_not_take_the_room_of_the_others() {
        let mut answer_text = BudgetedText::new(900);
        answer_text.section(Section::new("First", items(500)).share(50));
        answer_text.section(Section::new("Second", items(5)));
        let text = answer_text.finish();
        assert!(text.contains("## Second\n- item 0"), "{text}");
        assert!(tokens(&text) <= 900, "{text}");
    }

    #[test]
    fn an_answer_is_never_larger_than_its_budget() {
        for budget in (LEAST_TOKENS..2_000).step_by(61) {
            for count in [0, 1, 40, 400] {
                let mut answer_text = BudgetedText::new(budget);
                answer_text
                    .line("a".repeat(900))
                    .line("one more line of the head");
                for title in ["A", "B", "C", "D"] {
                    answer_text.section(Section::new(title, items(count)).beyond(3).share(40));
                }
                let text = answer_text.finish();
                assert!(tokens(&text) <= budget, "{budget} {count}: {text}");
            }
        }
    }
}
