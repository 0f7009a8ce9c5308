//! What the polling loop does when partitions come and go.

use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use telemetron_model::topic::{PartitionOffset, TopicPartition};

use super::assignment::{self, Refusal, Wanted};
use super::context::Decision;
use super::event::{RevokeAck, SourceEvent};
use super::poller::Poller;
use crate::SourceError;
use crate::topic_ids::{ids_of, made_anew};
use crate::vigil::QUESTION;
use crate::watermarks::offsets_at;

/// How often it is looked whether a topic was made anew.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

impl Poller {
    /// Acts on what the group has decided since the last time.
    pub(super) fn follow_decisions(&mut self) {
        while let Some(decision) = self.consumer.context().next_decision() {
            match decision {
                Decision::Assign(partitions) => self.wanted = Some(Wanted::new(partitions)),
                Decision::Revoke => {
                    self.wanted = None;
                    self.give_up_epoch(true);
                }
            }
        }
    }

    /// Looks up where the wanted partitions start, and starts them.
    ///
    /// # Errors
    /// When that can never succeed.
    pub(super) fn start_wanted(&mut self) -> Result<(), SourceError> {
        let Some(wanted) = self.wanted.as_mut().filter(|wanted| wanted.is_due()) else {
            return Ok(());
        };
        let starts = wanted.starts(&self.consumer, &self.topics, &self.store, &self.seen);
        let assigned = starts.and_then(|starts| {
            let list = assignment::list_of(&starts, &self.topics)?;
            self.consumer
                .assign(&list)
                .map_err(|error| Refusal::Later(error.to_string()))?;
            Ok((starts, list))
        });
        match assigned {
            Ok((partitions, list)) => {
                self.epoch += 1;
                self.assigned = self.wanted.take().map(|wanted| wanted.partitions().clone());
                self.starts = list;
                self.seen.keep(&partitions);
                self.next_look = Instant::now() + LOOK_AGAIN;
                self.vigil.delivered();
                self.queue.announce_assigned(self.epoch, partitions);
                Ok(())
            }
            Err(Refusal::Later(reason)) => {
                tracing::warn!(%reason, "cannot start to read yet; trying again");
                wanted.put_off();
                Ok(())
            }
            Err(Refusal::Deaf(error)) => {
                tracing::debug!(%error, "cannot start to read yet; trying again");
                wanted.put_off();
                self.judge(Err(error))
            }
            Err(Refusal::Never(error)) => Err(error),
        }
    }

    /// Starts over when one of the topics was made anew under its old name: offsets of the old one say
    /// nothing of the new, and the client would go on in the middle of it. Notes meanwhile where the
    /// partitions end.
    ///
    /// # Errors
    /// When the client must be made anew.
    pub(super) fn look_at_topics(&mut self) -> Result<(), SourceError> {
        let Some(assigned) = self
            .assigned
            .as_ref()
            .filter(|_| self.next_look <= Instant::now())
        else {
            return Ok(());
        };
        self.next_look = Instant::now() + LOOK_AGAIN;
        let topics: Vec<_> = self.seen.ids.keys().copied().collect();
        let asked = ids_of(self.consumer.client(), &self.topics, topics, QUESTION);
        let asked = asked.map(|now| {
            let anew = made_anew(&self.seen.ids, &now);
            let ends = offsets_at(&self.consumer, assigned, Offset::End, QUESTION);
            (ends.unwrap_or_default(), anew)
        });
        let (ends, anew) = match asked {
            Ok(found) => found,
            Err(error) => return self.judge(Err(error)),
        };
        if let Some(topic) = anew.first() {
            tracing::warn!(%topic, "the topic was deleted and made anew; it is read from its beginning");
            self.start_over(true);
            return Ok(());
        }
        for ((name, partition), end) in ends {
            if let Some(topic) = self.topics.find(&name) {
                self.seen
                    .ends
                    .insert(TopicPartition::new(topic, partition), end);
            }
        }
        Ok(())
    }

    /// Throws away what was fetched and looks the offsets of the same partitions up again.
    ///
    /// With `announce` the consuming task is waited for, since it did not ask for this itself.
    pub(super) fn start_over(&mut self, announce: bool) {
        let Some(partitions) = self.assigned.clone() else {
            return; // An assignment is being made at this moment anyway.
        };
        self.give_up_epoch(announce);
        self.wanted = Some(Wanted::new(partitions));
    }

    /// Ends the current epoch: purges its messages, waits for the batch in flight, unassigns.
    fn give_up_epoch(&mut self, announce: bool) {
        self.batch.clear();
        self.set_paused(false);
        if self.assigned.take().is_some() {
            self.queue.invalidate_before(self.epoch + 1);
            if announce {
                self.announce_revocation();
            }
        }
        if let Err(error) = self.consumer.unassign() {
            tracing::warn!(%error, "cannot give partitions back to kafka");
        }
    }

    fn announce_revocation(&self) {
        let epoch = self.epoch;
        let (ack, pending) = RevokeAck::new();
        self.queue.announce(SourceEvent::Revoked { epoch, ack });
        if !pending.wait(self.revoke_patience) && !self.queue.stop_requested() {
            tracing::warn!(
                epoch,
                "the batch in flight did not end in time; its offsets fence it"
            );
        }
    }

    /// Copies offsets to Kafka for tools that show lag.
    pub(super) fn copy_offsets(&self, offsets: &[PartitionOffset]) {
        let mut list = TopicPartitionList::with_capacity(offsets.len());
        for PartitionOffset { at, offset } in offsets {
            let name = self.topics.of(at.topic);
            let added = list.add_partition_offset(name, at.partition, Offset::Offset(*offset));
            if let Err(error) = added {
                tracing::debug!(%error, "cannot copy an offset to kafka");
            }
        }
        if let Err(error) = self.consumer.commit(&list, CommitMode::Async) {
            tracing::debug!(%error, "cannot copy the offsets to kafka");
        }
    }
}
