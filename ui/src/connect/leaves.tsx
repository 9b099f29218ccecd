import type { HostTraffic, TrafficLine } from '../host/commands';
import { useAsk } from '../host/ask';
import { useFormats } from '../format/formats';
import { Sheet } from '../frame/sheets';
import { Mono } from '../look/marks';
import { fill, plural, words } from '../words/words';
import styles from './leaves.module.css';

const l = words.leaves;
const LOOK_MS = 2000;

/** Each host, what it is told and why, and the requests themselves. */
export function Leaves({ demo, onClose }: { demo: boolean; onClose: () => void }) {
  const formats = useFormats();
  const { data } = useAsk('traffic', {}, { every: LOOK_MS });
  return (
    <Sheet title={l.title} onClose={onClose}>
      <p className={styles.lead}>{demo ? l.demo : l.lead}</p>
      {data && (
        <>
          <ul className={styles.hosts}>
            {data.hosts.map((host) => (
              <Host key={host.host} of={host} />
            ))}
          </ul>
          <p className={styles.never}>
            <b>{l.never}</b> {l.neverWhat}
          </p>
          <h3 className={styles.head}>
            <b>{l.newest}</b>
            <span>{fill(l.since, { time: formats.time(data.since) })}</span>
          </h3>
          {data.last.length === 0 ? <p className={styles.none}>{l.noneYet}</p> : <Lines lines={data.last} />}
        </>
      )}
    </Sheet>
  );
}

function Host({ of }: { of: HostTraffic }) {
  const formats = useFormats();
  const [name, what] = l.roles[of.role] as [string, string];
  return (
    <li>
      <details>
        <summary>
          <b>{name}</b>
          <Mono>{of.host}</Mono>
          <span className={styles.count}>{of.requests === 0 ? l.none : plural(l.requests, of.requests, formats.count(of.requests))}</span>
          <span className={styles.what}>{what}</span>
        </summary>
        <ul className={styles.endpoints}>
          {of.endpoints.map((endpoint) => (
            <li key={`${endpoint.method} ${endpoint.path}`}>
              <Mono>
                {endpoint.method} {endpoint.path}
              </Mono>
              <span>
                {[
                  formats.count(endpoint.sent),
                  endpoint.failed > 0 ? plural(l.failed, endpoint.failed, formats.count(endpoint.failed)) : '',
                  endpoint.lost > 0 ? plural(l.lostCount, endpoint.lost, formats.count(endpoint.lost)) : '',
                ]
                  .filter(Boolean)
                  .join(', ')}
              </span>
            </li>
          ))}
          {of.endpoints.length === 0 && <li>{l.none}</li>}
        </ul>
      </details>
    </li>
  );
}

function Lines({ lines }: { lines: TrafficLine[] }) {
  const formats = useFormats();
  return (
    <div className={styles.lines} tabIndex={0} role="region" aria-label={l.newest}>
      <table>
        <thead>
          <tr>
            <th scope="col">{l.when}</th>
            <th scope="col">{l.where}</th>
            <th scope="col">{l.what}</th>
            <th scope="col">{l.answer}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            // Lines have no name of their own, and new ones come above.
            <tr key={lines.length - index}>
              <td>{formats.time(line.at)}</td>
              <td>{line.host}</td>
              <td>
                <Mono>
                  {line.method} {line.path}
                </Mono>
              </td>
              <td data-bad={line.status === null || line.status >= 400 || undefined}>{line.status ?? l.lost}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
