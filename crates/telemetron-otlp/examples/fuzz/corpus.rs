//! Where the inputs begin: a request of each signal, and files of a folder.

use std::path::Path;

use prost::Message;
use telemetron_otlp::wire::{self, Encoding};

const TRACES: &str = r#"{"resourceSpans":[{"resource":{"attributes":[
{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"lib"},"spans":[
{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","parentSpanId":"1112131415161718",
"name":"chat","kind":3,"startTimeUnixNano":"1700000000000000000","endTimeUnixNano":1700000001000000000,
"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},
{"key":"gen_ai.input.messages","value":{"stringValue":"[{\"role\":\"user\",\"parts\":[]}]"}},
{"key":"gen_ai.prompt.0.content","value":{"stringValue":"hi"}},
{"key":"llm.input_messages.0.message.content","value":{"stringValue":"hi"}},
{"key":"langfuse.observation.usage_details","value":{"stringValue":"{\"input\":1}"}},
{"key":"metadata","value":{"stringValue":"{\"langgraph_node\":\"x\"}"}},
{"key":"gen_ai.usage.input_tokens","value":{"intValue":"12"}},
{"key":"x","value":{"kvlistValue":{"values":[{"key":"y","value":{"arrayValue":{"values":[{"doubleValue":"NaN"}]}}}]}}},
{"key":"b","value":{"bytesValue":"AQI="}}],
"events":[{"name":"exception","timeUnixNano":"1","attributes":[{"key":"exception.type","value":{"stringValue":"E"}}]},
{"name":"gen_ai.choice","attributes":[{"key":"message","value":{"stringValue":"{}"}}]}],
"links":[{"traceId":"aa02030405060708090a0b0c0d0e0f10","spanId":"aa02030405060708"}],
"status":{"code":2,"message":"no"}}]}]}]}"#;

const LOGS: &str = r#"{"resourceLogs":[{"scopeLogs":[{"scope":{"name":"com.anthropic.claude_code.events"},
"logRecords":[{"timeUnixNano":"1700000000000000000","severityNumber":17,"severityText":"ERROR",
"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708",
"body":{"stringValue":"claude_code.api_error"},"attributes":[
{"key":"event.name","value":{"stringValue":"api_error"}},{"key":"status_code","value":{"stringValue":"429"}},
{"key":"exception.type","value":{"stringValue":"E"}},{"key":"success","value":{"stringValue":"false"}}]}]}]}]}"#;

const METRICS: &str = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
{"name":"a","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"timeUnixNano":"5","asInt":"1"}]}},
{"name":"g","gauge":{"dataPoints":[{"timeUnixNano":"5","asDouble":1.5}]}},
{"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"5","count":"1","sum":1,
"bucketCounts":["1","0"],"explicitBounds":[1]}]}},
{"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"5","count":"3",
"sum":1,"scale":1,"zeroCount":1,"positive":{"offset":-2,"bucketCounts":["1"]},"negative":{"bucketCounts":["1"]}}]}},
{"name":"s","summary":{"dataPoints":[{"timeUnixNano":"5","count":"1","sum":1,
"quantileValues":[{"quantile":0.5,"value":1}]}]}}]}]}]}"#;

/// The first inputs, all in one encoding.
pub(crate) fn of(encoding: Encoding, folder: Option<&str>) -> Vec<Vec<u8>> {
    let json = [TRACES, LOGS, METRICS];
    let mut inputs: Vec<_> = match encoding {
        Encoding::Json => json.map(|text| text.as_bytes().to_vec()).into(),
        Encoding::Protobuf => json.into_iter().map(protobuf).collect(),
    };
    if let Some(folder) = folder {
        inputs.extend(
            files(Path::new(folder))
                .into_iter()
                .filter(|file| file.len() < 64 * 1024),
        );
    }
    inputs
}

/// The same request as protobuf, whatever its signal.
fn protobuf(json: &str) -> Vec<u8> {
    let (body, from) = (json.as_bytes(), Encoding::Json);
    let traces = wire::decode_traces(body, from).map(|request| request.encode_to_vec());
    let logs = wire::decode_logs(body, from).map(|request| request.encode_to_vec());
    let metrics = wire::decode_metrics(body, from).map(|request| request.encode_to_vec());
    let all = [traces, logs, metrics].into_iter().flatten();
    all.max_by_key(Vec::len)
        .expect("a request of one of the signals")
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).expect("the folder can be read");
            waiting.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
        } else {
            found.extend(std::fs::read(path));
        }
    }
    found
}
