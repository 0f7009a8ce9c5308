//! Small changes to inputs, drawn from a dice that repeats itself for the same seed.

/// What is put in now and then: what JSON, protobuf and the dialects stumble over.
const TOKENS: [&[u8]; 24] = [
    b"null",
    b"{}",
    b"[]",
    b"[[[[[[[[",
    b"{\"a\":",
    b"\"\\u0000\"",
    b"\"\\ud800\"",
    b"\"NaN\"",
    b"1e999",
    b"-0.0",
    b"18446744073709551616",
    b"-9223372036854775808",
    b"\"9223372036854775807\"",
    b"{\"arrayValue\":{\"values\":[",
    b"{\"kvlistValue\":{\"values\":[",
    b"{\"low\":-1,\"high\":2147483647}",
    b"{\"type\":\"Buffer\",\"data\":[256]}",
    b"gen_ai.prompt.99999999999.role",
    b"llm.input_messages.18446744073709551615.message",
    b"openinference.span.kind",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x00\x00\x00\x00\x00\x00\x00\x00",
    b"\x0a\xff\xff\xff\xff\x0f",
    b"\xf0\x9f\x92\xa9",
];

/// Numbers that look random (xorshift).
pub(crate) struct Dice(u64);

impl Dice {
    /// A dice for a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below another; zero below zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

/// One of the inputs with one to eight changes.
pub(crate) fn change(inputs: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = inputs[dice.below(inputs.len())].clone();
    for _ in 0..=dice.below(8) {
        let place = dice.below(input.len() + 1);
        let end = (place + dice.below(32)).min(input.len());
        match dice.below(7) {
            0 if place < input.len() => input[place] = dice.byte(),
            1 if place < input.len() => input[place] ^= 1 << dice.below(8),
            2 => drop(input.drain(place..end)),
            3 => {
                let again = input[place..end].to_vec();
                input.splice(place..place, again);
            }
            4 => {
                let other = &inputs[dice.below(inputs.len())];
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(512)).min(other.len());
                input.splice(place..end, other[from..to].iter().copied());
            }
            5 => {
                let token = TOKENS[dice.below(TOKENS.len())];
                input.splice(place..end, token.iter().copied());
            }
            _ => input.insert(place, dice.byte()),
        }
    }
    input
}
