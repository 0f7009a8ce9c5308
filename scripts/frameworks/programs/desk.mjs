// What every program shares: its question, its model, and the tool of the desk.

// The address of the model stands in the variables that the clients of OpenAI read.
export const QUESTION = process.env.QUESTION;
export const MODEL = "gpt-4o";

export function weather({ city, day }) {
  if (city === "Atlantis") {
    throw new Error(`no station in ${city}`);
  }
  return `${city} ${day}: sunny, 24 degrees`;
}
