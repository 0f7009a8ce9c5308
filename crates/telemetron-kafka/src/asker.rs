//! A client that is asked questions, and joins no group.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;

use crate::clients::Pulse;
use crate::context::Watched;
use crate::vigil::{Verdict, Vigil, let_go};
use crate::{Error, KafkaConfig};

/// What questions are put to.
pub(crate) type Asked = BaseConsumer<Watched>;

/// A client that is asked one question at a time; one that answers none while the cluster answers a
/// fresh one is made anew. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Asker(Arc<Inner>);

struct Inner {
    client: ClientConfig,
    pulse: Pulse,
    state: Mutex<State>,
}

struct State {
    current: Asked,
    vigil: Vigil,
}

impl Asker {
    /// Makes a client with these settings. It connects by itself.
    pub(crate) fn new(
        kafka: &KafkaConfig,
        name: &'static str,
        client: ClientConfig,
    ) -> Result<Self, Error> {
        let pulse = kafka.clients.pulse(kafka.role, name);
        let state = State {
            current: make(&client, &pulse)?,
            vigil: Vigil::new(kafka, pulse.clone()),
        };
        Ok(Self(Arc::new(Inner {
            client,
            pulse,
            state: Mutex::new(state),
        })))
    }

    /// Asks a question; blocks for as long as it does, or twice as long when a fresh client is asked
    /// too. An error says what librdkafka complains of.
    pub(crate) fn ask<T>(&self, question: impl Fn(&Asked) -> Result<T, Error>) -> Result<T, Error> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        serve(&state.current);
        let answer = question(&state.current);
        serve(&state.current);
        let error = match answer {
            Err(error @ Error::Request { .. }) => error.because(self.0.pulse.trouble()),
            answer => {
                state.vigil.delivered();
                self.0.pulse.up_to_date();
                return answer;
            }
        };
        if !matches!(state.vigil.fails(&error), Verdict::Standing(_)) {
            return Err(error);
        }
        let fresh = make(&self.0.client, &self.0.pulse)?;
        let_go(std::mem::replace(&mut state.current, fresh));
        question(&state.current)
    }

    /// [`Asker::ask`] on a thread that may block.
    pub(crate) async fn asking<T: Send + 'static>(
        &self,
        action: &'static str,
        question: impl Fn(&Asked) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let asker = self.clone();
        let asked = tokio::task::spawn_blocking(move || asker.ask(question)).await;
        asked.unwrap_or_else(|_ended| Err(Error::request(action)(KafkaError::Canceled)))
    }
}

fn make(client: &ClientConfig, pulse: &Pulse) -> Result<Asked, Error> {
    let context = Watched(pulse.clone());
    client.create_with_context(context).map_err(Error::config)
}

/// How long it is listened to what librdkafka has to say. Without any time only one line of its log is
/// taken, and what follows it, such as why a connection failed, stays.
const LISTEN: Duration = Duration::from_millis(5);

/// Takes what librdkafka has to say off its queue, which would grow otherwise.
pub(crate) fn serve(client: &Asked) {
    const MOST: usize = 100;
    for _ in 0..MOST {
        // Nothing is assigned, so there are only errors, which the context has noted.
        if client.poll(LISTEN).is_none() {
            return;
        }
    }
}
