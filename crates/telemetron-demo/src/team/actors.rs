//! What each agent does in a request.

use serde_json::json;
use telemetron_sdk::{Failure, HandoffMode, Scope, TraceGuard};

use super::Plot;
use super::request::Request;
use super::stage::Team;
use super::steps::{LARGE, SMALL, back_off, give_up, think, use_tool};

/// How often the coder tries to run the tests.
const TEST_ATTEMPTS: u64 = 3;

/// Plans, delegates and answers.
pub(crate) async fn orchestrate(
    team: &Team,
    trace: &TraceGuard,
    request: &Request,
) -> Result<String, Failure> {
    let mut dice = request.dice(0);
    let me = trace.agent(team.orchestrator.clone());
    me.input(request.wish);
    think(
        &me,
        LARGE,
        &mut dice,
        request.wish,
        "Research first, then code, then review.",
    )
    .await;

    let question = json!({"topic": request.topic});
    for (researcher, reason) in [
        (&team.docs, "our own documents may say how we do this"),
        (&team.web, "others have solved this before"),
    ] {
        let handoff = me
            .handoff(team.orchestrator.clone(), researcher.clone())
            .reason(reason);
        handoff
            .mode(HandoffMode::Delegate)
            .context(&question)
            .send();
    }
    tokio::join!(
        read_documents(team, &me, request),
        search_web(team, &me, request)
    );

    me.handoff(team.orchestrator.clone(), team.coder.clone())
        .reason("the research is done, the change can be written")
        .mode(HandoffMode::Delegate)
        .context(&json!({"file": request.file, "topic": request.topic}))
        .send();
    if let Err(failure) = write_and_review(team, &me, request).await {
        me.fail(failure.clone());
        return Err(failure);
    }
    let answer = format!("Done: {}, in {}.", request.wish, request.file);
    think(&me, LARGE, &mut dice, "Summarise for the user.", &answer).await;
    me.output(&answer);
    me.complete();
    Ok(answer)
}

async fn read_documents(team: &Team, scope: &Scope, request: &Request) {
    let mut dice = request.dice(1);
    let me = scope.agent(team.docs.clone());
    me.input(&json!({"topic": request.topic}));
    let search = me.retriever("engineering-handbook");
    search.input(&json!({"query": request.topic, "top_k": 3}));
    tokio::time::sleep(std::time::Duration::from_millis(dice.throw(60..140))).await;
    search.output(&json!([{"document": "handbook/patterns.md", "score": 0.87}]));
    search.complete();
    let found = format!("The handbook has a pattern for {}.", request.topic);
    think(&me, SMALL, &mut dice, "What do our documents say?", &found).await;
    me.output(&found);
    me.complete();
}

async fn search_web(team: &Team, scope: &Scope, request: &Request) {
    let mut dice = request.dice(2);
    let me = scope.agent(team.web.clone());
    me.input(&json!({"topic": request.topic}));
    if request.plot == Plot::Stuck {
        let page = me.tool("read_page");
        page.input(&json!({"url": "https://docs.example/never-answers"}));
        // An agent that waits for something that never comes: its span stays open.
        std::future::pending::<()>().await;
    }
    let arguments = || json!({"query": request.topic});
    if request.plot == Plot::FlakySearch {
        let failure = Failure::new("SearchTimeout", "the search timed out after 2 s");
        let failed = use_tool(&me, "web_search", &mut dice, arguments(), Err(failure)).await;
        if let Err(failure) = failed {
            me.error(failure).attempts(1).send();
            back_off(&me, "web_search", 1).await;
        }
    }
    let pages = json!(["https://docs.example/guide", "https://blog.example/lessons"]);
    // It cannot fail: its outcome is given.
    drop(use_tool(&me, "web_search", &mut dice, arguments(), Ok(pages)).await);
    let found = format!("Two pages describe {}.", request.topic);
    think(&me, SMALL, &mut dice, "What do these pages say?", &found).await;
    me.output(&found);
    me.complete();
}

async fn write_and_review(team: &Team, scope: &Scope, request: &Request) -> Result<(), Failure> {
    write(team, scope, request, 0).await?;
    scope
        .handoff(team.coder.clone(), team.reviewer.clone())
        .reason("the tests pass, the change wants a review")
        .mode(HandoffMode::Transfer)
        .context(&json!({"file": request.file}))
        .send();
    if request.plot == Plot::Rework {
        review(team, scope, request, "An error is swallowed; pass it on.").await;
        scope
            .handoff(team.reviewer.clone(), team.coder.clone())
            .reason("an error is swallowed")
            .mode(HandoffMode::Transfer)
            .send();
        write(team, scope, request, 1).await?;
    }
    review(team, scope, request, "Approved.").await;
    Ok(())
}

async fn write(team: &Team, scope: &Scope, request: &Request, round: u64) -> Result<(), Failure> {
    let mut dice = request.dice(3 + round);
    let me = scope.agent(team.coder.clone());
    me.input(&json!({"file": request.file, "round": round + 1}));
    let patch = format!("--- a/{0}\n+++ b/{0}\n", request.file);
    think(&me, LARGE, &mut dice, "Write the change.", &patch).await;
    let arguments = json!({"path": request.file});
    use_tool(
        &me,
        "write_file",
        &mut dice,
        arguments,
        Ok(json!({"written": true})),
    )
    .await?;
    for attempt in 1..=TEST_ATTEMPTS {
        let outcome = match request.plot {
            Plot::BrokenTool => Err(Failure::new(
                "SandboxUnavailable",
                "no space left on device in the test sandbox",
            )),
            _ => Ok(json!({"passed": 42, "failed": 0})),
        };
        let arguments = json!({"package": request.file});
        let Err(failure) = use_tool(&me, "run_tests", &mut dice, arguments, outcome).await else {
            me.output(&patch);
            me.complete();
            return Ok(());
        };
        if attempt == TEST_ATTEMPTS {
            let error = me.error(failure.clone()).attempts(3);
            error.suggested_fix("free space in the test sandbox").send();
            give_up(&me, "run_tests", TEST_ATTEMPTS);
            me.fail(failure.clone());
            return Err(failure);
        }
        back_off(&me, "run_tests", attempt).await;
    }
    Ok(())
}

async fn review(team: &Team, scope: &Scope, request: &Request, verdict: &str) {
    let mut dice = request.dice(6);
    let me = scope.agent(team.reviewer.clone());
    me.input(&json!({"file": request.file}));
    think(&me, LARGE, &mut dice, "Review this change.", verdict).await;
    me.output(verdict);
    me.complete();
}
