//! A model of a hundred kilobytes that Ollama loads: the shape of a llama with one block, whose
//! weights are all zero. It says nonsense, and needs no download.

/// Length of its vectors, width of its feed-forward layer, and tokens that it knows.
const EMBEDDING: u32 = 32;
const FORWARD: u32 = 64;
const TOKENS: u32 = 3 + 256;

/// Tokens that go in.
pub(super) const CONTEXT: u32 = 128;

/// Types of values in the format.
const UINT32: u32 = 4;
const INT32: u32 = 5;
const FLOAT32: u32 = 6;
const TEXT: u32 = 8;
const ARRAY: u32 = 9;

/// Where weights begin, a multiple of this.
const ALIGNMENT: usize = 32;

/// The bytes of the model.
pub(super) fn model() -> Vec<u8> {
    let mut facts = Facts::default();
    facts.describe();
    let tensors = tensors();
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3_u32.to_le_bytes());
    bytes.extend((tensors.len() as u64).to_le_bytes());
    bytes.extend(facts.count.to_le_bytes());
    bytes.extend(facts.bytes);
    let mut offset = 0;
    for (name, shape) in &tensors {
        text(&mut bytes, name);
        bytes.extend((shape.len() as u32).to_le_bytes());
        shape
            .iter()
            .for_each(|size| bytes.extend(u64::from(*size).to_le_bytes()));
        bytes.extend(0_u32.to_le_bytes()); // of 32-bit floats
        bytes.extend((offset as u64).to_le_bytes());
        let size = shape.iter().product::<u32>() as usize * 4;
        offset += size.next_multiple_of(ALIGNMENT);
    }
    let begin = bytes.len().next_multiple_of(ALIGNMENT);
    bytes.resize(begin + offset, 0);
    bytes
}

/// What is said of the model, name by name.
#[derive(Default)]
struct Facts {
    count: u64,
    bytes: Vec<u8>,
}

impl Facts {
    fn describe(&mut self) {
        self.text("general.architecture", "llama");
        self.text("general.name", "tiny");
        self.number("llama.block_count", 1);
        self.number("llama.context_length", CONTEXT);
        self.number("llama.embedding_length", EMBEDDING);
        self.number("llama.feed_forward_length", FORWARD);
        self.number("llama.attention.head_count", 4);
        self.number("llama.attention.head_count_kv", 4);
        self.number("llama.rope.dimension_count", EMBEDDING / 4);
        self.named("llama.attention.layer_norm_rms_epsilon", FLOAT32);
        self.bytes.extend(1e-5_f32.to_le_bytes());
        self.vocabulary();
    }

    /// Three tokens of its own, and one for each byte.
    fn vocabulary(&mut self) {
        self.text("tokenizer.ggml.model", "llama");
        self.array("tokenizer.ggml.tokens", TEXT);
        let own = ["<unk>", "<s>", "</s>"].map(str::to_owned);
        let bytes = (0..=u8::MAX).map(|byte| format!("<0x{byte:02X}>"));
        own.into_iter()
            .chain(bytes)
            .for_each(|token| text(&mut self.bytes, &token));
        self.array("tokenizer.ggml.scores", FLOAT32);
        (0..TOKENS).for_each(|_| self.bytes.extend(0_f32.to_le_bytes()));
        self.array("tokenizer.ggml.token_type", INT32);
        // Unknown, two of control, and bytes.
        let types = [2, 3, 3].into_iter().chain([6; 256]);
        types.for_each(|of: i32| self.bytes.extend(of.to_le_bytes()));
        self.number("tokenizer.ggml.unknown_token_id", 0);
        self.number("tokenizer.ggml.bos_token_id", 1);
        self.number("tokenizer.ggml.eos_token_id", 2);
    }

    fn named(&mut self, name: &str, sort: u32) {
        self.count += 1;
        text(&mut self.bytes, name);
        self.bytes.extend(sort.to_le_bytes());
    }

    fn text(&mut self, name: &str, value: &str) {
        self.named(name, TEXT);
        text(&mut self.bytes, value);
    }

    fn number(&mut self, name: &str, value: u32) {
        self.named(name, UINT32);
        self.bytes.extend(value.to_le_bytes());
    }

    fn array(&mut self, name: &str, of: u32) {
        self.named(name, ARRAY);
        self.bytes.extend(of.to_le_bytes());
        self.bytes.extend(u64::from(TOKENS).to_le_bytes());
    }
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// The weights, by name, with their shapes.
fn tensors() -> Vec<(String, Vec<u32>)> {
    let (whole, line) = (vec![EMBEDDING, EMBEDDING], vec![EMBEDDING]);
    let words = vec![EMBEDDING, TOKENS];
    let outside = [
        ("token_embd", words.clone()),
        ("output_norm", line.clone()),
        ("output", words),
    ];
    let block = [
        ("attn_norm", line.clone()),
        ("ffn_norm", line),
        ("attn_q", whole.clone()),
        ("attn_k", whole.clone()),
        ("attn_v", whole.clone()),
        ("attn_output", whole),
        ("ffn_gate", vec![EMBEDDING, FORWARD]),
        ("ffn_up", vec![EMBEDDING, FORWARD]),
        ("ffn_down", vec![FORWARD, EMBEDDING]),
    ];
    let block = block.map(|(name, shape)| (format!("blk.0.{name}.weight"), shape));
    let outside = outside.map(|(name, shape)| (format!("{name}.weight"), shape));
    outside.into_iter().chain(block).collect()
}
