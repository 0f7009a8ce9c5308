//! Prompts: questions that people ask often, as a client offers them.

use rmcp::model::{GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role};

use super::client::ToolError;

/// A question that people ask often.
struct Asked {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    argument: Option<(&'static str, &'static str)>,
    text: &'static str,
}

const TRACE: Option<(&str, &str)> = Some((
    "trace_id",
    "Trace id; the trace that failed last when absent",
));

const PROMPTS: [Asked; 3] = [
    Asked {
        name: "analyse_last_failed_trace",
        title: "Analyse the last failed trace",
        about: "Finds the root cause of a failed trace",
        argument: TRACE,
        text: "Find the root cause of the failure of trace {}.\n\
            1. Call `diagnose` with this trace_id.\n\
            2. Look at the span of the first cause with `span_detail`: what went in, what came out. \
            Where a cause is only possible or a guess, look at its evidence before you believe it.\n\
            3. Call `compare` with a={} to see what the last good run did differently.\n\
            4. If the code of the agents is here, find the place that has to change.\n\
            Answer with: the root cause in one sentence; the evidence, with span ids; how it \
            travelled to the user; the fix, as a change where you can; what you are not sure of.",
    },
    Asked {
        name: "what_is_wrong_now",
        title: "What is wrong now?",
        about: "Looks at the issues of the whole system and follows the worst",
        argument: None,
        text: "Say what is wrong in the multi-agent system now.\n\
            1. Call `issues`. If there are none, say so, and check `find_traces` with \
            errors_only=true and since=1h before you say that all is well.\n\
            2. For the worst issue follow the call that it names next.\n\
            3. Call `system_state` with changes_since=1h: did something change just before it began?\n\
            Answer with: what is wrong and since when, in order of harm; the likely cause of each \
            with its evidence; what to do now; what to watch.",
    },
    Asked {
        name: "compare_with_last_good",
        title: "Compare with the last good run",
        about: "Says what a bad run did differently from the last good one of its kind",
        argument: TRACE,
        text: "Compare trace {} with the last good run of its kind.\n\
            1. Call `compare` with a={}.\n\
            2. Look at the first difference in both traces with `span_detail`.\n\
            Answer with: the first point where the two part ways; which differences explain the \
            outcome and which are chance; what changed (prompt, model, tool, data, timing) and where \
            to look for that change.",
    },
];

/// The prompts as clients list them.
pub(super) fn list() -> Vec<Prompt> {
    let prompt = |asked: &Asked| {
        let argument = asked.argument.map(|(name, about)| {
            vec![
                PromptArgument::new(name)
                    .with_description(about)
                    .with_required(false),
            ]
        });
        Prompt::new(asked.name, Some(asked.about), argument).with_title(asked.title)
    };
    PROMPTS.iter().map(prompt).collect()
}

/// One prompt with its argument in place.
pub(super) fn get(
    name: &str,
    arguments: Option<&JsonObject>,
) -> Result<GetPromptResult, ToolError> {
    let asked = PROMPTS.iter().find(|asked| asked.name == name);
    let asked = asked.ok_or_else(|| ToolError::Wrong(format!("there is no prompt `{name}`")))?;
    let named = arguments.and_then(|arguments| arguments.get("trace_id"));
    let named = named.and_then(serde_json::Value::as_str).map(str::trim);
    let trace = named.filter(|id| !id.is_empty()).unwrap_or("last-failed");
    let text = asked.text.replace("{}", trace);
    let message = PromptMessage::new_text(Role::User, text);
    Ok(GetPromptResult::new(vec![message]).with_description(asked.about))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_prompt_names_the_trace_that_is_meant() {
        let text = |arguments: serde_json::Value| {
            let prompt = get("compare_with_last_good", arguments.as_object()).unwrap();
            serde_json::to_string(&prompt.messages).unwrap()
        };
        assert!(text(json!({ "trace_id": "abc" })).contains("Compare trace abc with"));
        assert!(text(json!({})).contains("Compare trace last-failed with"));
        assert!(
            get("other", None)
                .unwrap_err()
                .to_string()
                .contains("`other`")
        );
    }

    #[test]
    fn prompts_name_tools_that_exist() {
        let tools = super::super::tools::TOOLS.map(|tool| tool.name);
        for asked in &PROMPTS {
            let named = asked.text.split('`').skip(1).step_by(2);
            for name in named {
                assert!(tools.contains(&name), "{}: {name}", asked.name);
            }
        }
    }
}
