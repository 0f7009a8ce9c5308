//! Takes in OpenTelemetry over gRPC and HTTP, and hands it to Kafka.
