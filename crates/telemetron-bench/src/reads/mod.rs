//! The API's answers at a million stored spans, beside the bare SQL for the same rows.

mod fill;
mod questions;

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgPool;

use crate::report::{line, percentile, spread, target};
use crate::target::Target;
use fill::Filled;
use questions::{Goal, Question};

/// Asked before anything is measured: statements are prepared, caches are warm.
const WARM_UP: usize = 20;

/// A slow question is asked no longer than this, however many rounds are left.
const LONGEST: Duration = Duration::from_secs(20);

struct Bench {
    api: String,
    client: reqwest::Client,
    pool: PgPool,
    filled: Filled,
}

pub(crate) async fn run(target: &Target, traces: u32, rounds: usize) -> anyhow::Result<()> {
    let pool = PgPool::connect(&target.database_url()?).await?;
    let filled = fill::fill(&pool, traces).await?;
    let bench = Bench {
        api: target.api_url()?,
        client: reqwest::Client::new(),
        pool,
        filled,
    };
    let (spans,): (i64,) = sqlx::query_as("SELECT count(*) FROM spans")
        .fetch_one(&bench.pool)
        .await?;
    println!("reads: {spans} spans are stored; one client, API and SQL in turn");
    for question in questions::all(&bench.filled) {
        bench.agrees(&question).await?;
        let rounds = if question.is_small() {
            rounds
        } else {
            rounds.div_ceil(10)
        };
        bench.measure(&question, rounds).await?;
    }
    Ok(())
}

/// Where a page goes on.
#[derive(Deserialize)]
struct Following {
    next: Option<String>,
}

impl Bench {
    async fn measure(&self, question: &Question, rounds: usize) -> anyhow::Result<()> {
        for round in 0..WARM_UP.min(rounds) {
            self.ask(question, round).await?;
            question.read(&self.pool, &self.filled, round).await?;
        }
        let (mut asked, mut read) = (Vec::new(), Vec::new());
        let begun = Instant::now();
        for round in (0..rounds).take_while(|_| begun.elapsed() < LONGEST) {
            let timer = Instant::now();
            self.ask(question, round).await?;
            asked.push(timer.elapsed().as_secs_f64() * 1e3);
            let timer = Instant::now();
            question.read(&self.pool, &self.filled, round).await?;
            read.push(timer.elapsed().as_secs_f64() * 1e3);
        }
        report(question, asked, read);
        Ok(())
    }

    /// Asks for a page, or for all pages of a question that wants the whole.
    async fn ask(&self, question: &Question, round: usize) -> anyhow::Result<Vec<Bytes>> {
        let url = format!("{}{}", self.api, question.path(&self.filled, round));
        let mut pages = vec![self.get(&url).await?];
        while question.is_whole()
            && let Some(last) = pages.last()
            && let Some(next) = serde_json::from_slice::<Following>(last)?.next
        {
            pages.push(self.get(&format!("{url}&cursor={next}")).await?);
        }
        Ok(pages)
    }

    async fn get(&self, url: &str) -> reqwest::Result<Bytes> {
        let answer = self.client.get(url).send().await?.error_for_status()?;
        answer.bytes().await
    }

    /// Checks that both give the same number of rows: else they are not to be compared.
    async fn agrees(&self, question: &Question) -> anyhow::Result<()> {
        let rows = question.read(&self.pool, &self.filled, 0).await?.len();
        let (mut items, mut more) = (0, false);
        for page in self.ask(question, 0).await? {
            let answer: Value = serde_json::from_slice(&page)?;
            let lines = answer.get("items").or_else(|| answer.get("spans"));
            let Some(lines) = lines.and_then(Value::as_array) else {
                // A graph sums its rows up: it has no line for each.
                anyhow::ensure!(answer["nodes"][0].is_object(), "no graph: {answer}");
                return Ok(());
            };
            items += lines.len();
            more = answer["next"].is_string();
        }
        // The bare list reads one more, as every page must that says whether there are more.
        let same = items == rows || items + 1 == rows && more;
        anyhow::ensure!(same, "{}: {items} items, {rows} rows", question.name);
        Ok(())
    }
}

fn report(question: &Question, asked: Vec<f64>, read: Vec<f64>) {
    let median = |figures: &[f64]| {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        percentile(&sorted, 0.5)
    };
    let middle = median(&asked) / median(&read);
    let api = spread(question.name, asked);
    let sql = spread("  bare SQL", read);
    line("  API / SQL, p50", middle, "x");
    match question.goal {
        Goal::Times(times) => target(
            &format!("{}, p99 API / SQL", question.name),
            api / sql,
            times,
            "x",
        ),
        Goal::Below(millis) => target(&format!("{}, p99", question.name), api, millis, "ms"),
    }
}
