/** The models: what they take a minute against what they may take. */
import { Link } from "react-router";
import type { ModelState, SourceState } from "../../api/types";
import { compactOf, durationOf, moneyOf, shareOf, sizeOf } from "../../format/amount";
import { Gauge } from "../../ui/Gauge";
import { Nothing } from "./Sources";

interface ModelsProps {
  models: ModelState[];
  sources: SourceState[];
}

export function Models({ models, sources }: ModelsProps) {
  return (
    <section className="card">
      <header>
        <h2>LLM limits</h2>
        <span className="quiet">{models.length}</span>
      </header>
      {models.length === 0 ? (
        <Nothing what="model is known" sources={sources} of={["litellm", "ollama", "telemetry"]} />
      ) : (
        <div className="wide-table" tabIndex={0} role="region" aria-label="Models">
          <table>
            <thead>
              <tr>
                <th>Model</th>
                <th>Tokens a minute</th>
                <th>Requests a minute</th>
                <th className="number">Failing</th>
                <th className="number">p95</th>
                <th>Money</th>
                <th>Context</th>
              </tr>
            </thead>
            <tbody>
              {models.map((model) => (
                <ModelRow key={`${model.model} ${model.provider}`} model={model} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function ModelRow({ model }: { model: ModelState }) {
  const { detail } = model;
  return (
    <tr>
      <td>
        <Link to={`/traces?model=${encodeURIComponent(model.model)}`}>{model.model}</Link>{" "}
        <span className="quiet">{model.provider}</span>
      </td>
      <td>
        <Taken name={`Tokens a minute of ${model.model}`} of={model.tpm} most={model.tpm_max} />
      </td>
      <td>
        <Taken name={`Requests a minute of ${model.model}`} of={model.rpm} most={model.rpm_max} />
      </td>
      <td className="number">{detail?.error_rate == null ? "–" : shareOf(detail.error_rate)}</td>
      <td className="number">{detail?.p95_ms == null ? "–" : durationOf(detail.p95_ms)}</td>
      <td>{moneyIn(model)}</td>
      <td>{contextOf(model)}</td>
    </tr>
  );
}

interface TakenProps {
  name: string;
  of: number | null | undefined;
  most: number;
}

function Taken({ name, of, most }: TakenProps) {
  if (of != null) return <Gauge name={name} value={of} most={most} />;
  return <span className="quiet">{most > 0 ? `– of ${compactOf(most)}` : "–"}</span>;
}

function moneyIn({ credits, payment_type: payment, detail }: ModelState): string {
  const parts = [
    payment,
    detail?.spend_usd != null && `${moneyOf(detail.spend_usd)} spent`,
    credits != null && `${moneyOf(credits)} left`,
  ];
  return parts.filter(Boolean).join(", ") || "–";
}

function contextOf({ input_context: input, output_context: output, detail }: ModelState): string {
  const parts = [
    input != null && `${compactOf(input)} in`,
    output != null && `${compactOf(output)} out`,
    detail?.loaded_bytes != null && `${sizeOf(detail.loaded_bytes)} loaded`,
  ];
  return parts.filter(Boolean).join(", ") || "–";
}
