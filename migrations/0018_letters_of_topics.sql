-- A dead letter is known by the topic of its record, not by that topic's name: one that was deleted and
-- made anew counts its records from the beginning again, and two installations with prefixes of their own
-- have topics of the same name.
ALTER TABLE dead_letters
    ADD COLUMN topic_id text NOT NULL DEFAULT '',   -- empty where Kafka did not tell it
    DROP CONSTRAINT dead_letters_cluster_id_topic_partition_record_offset_key,
    ADD UNIQUE (cluster_id, topic, topic_id, partition, record_offset);
