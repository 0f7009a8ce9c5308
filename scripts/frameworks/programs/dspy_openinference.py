"""A program of DSPy that reasons and acts; it has no agents."""

import dspy
from desk import BASE_URL, KEY, MODEL, QUESTION, weather
from exporting import provider
from openinference.instrumentation.dspy import DSPyInstrumentor
from openinference.instrumentation.litellm import LiteLLMInstrumentor

DSPyInstrumentor().instrument(tracer_provider=provider)
LiteLLMInstrumentor().instrument(tracer_provider=provider)

dspy.configure(lm=dspy.LM(f"openai/{MODEL}", api_base=BASE_URL, api_key=KEY, cache=False))
print(dspy.ReAct("question -> answer", tools=[weather])(question=QUESTION).answer)
provider.shutdown()
