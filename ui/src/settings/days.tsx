import type { DraftWhen, Late } from '../host/commands';
import { useFormats } from '../format/formats';
import { fill, words } from '../words/words';
import { Choice, Day, Field } from './field';
import type { SectionProps } from './settings';
import styles from './settings.module.css';

const s = words.settings;
const WHEN: DraftWhen[] = ['finalized', 'sent', 'paid'];
const LATE: Late[] = ['first_open_day', 'reopen'];

/** Which day a document counts on, and which days are locked. */
export function Days({ asked, offered, set }: SectionProps) {
  const formats = useFormats();
  const locks = [offered.ledger_until && fill(s.ledgerLockText, { until: formats.full(offered.ledger_until) }), offered.ledger_to && fill(s.ledgerTo, { until: formats.full(offered.ledger_to) })];
  return (
    <>
      <Day says={s.start} value={asked.start} onDay={(day) => day && set('start', day)} />
      <Field says={offered.zone_fixed ? s.timeZoneFixed : s.timeZone}>
        {(id) => <Choice id={id} value={asked.zone} disabled={offered.zone_fixed} of={offered.zones.map((zone) => [zone, zone] as const)} onChoose={(zone) => set('zone', zone)} />}
      </Field>
      <When asked={asked} set={set} />
      <div className={styles.field}>
        <span className={styles.label}>{s.ledgerLock[0]}</span>
        <div className={styles.control}>
          <span>{locks.filter(Boolean).join(', ') || s.noLock}</span>
        </div>
        <small>{s.ledgerLock[1]}</small>
      </div>
      <Day says={s.vatReported} value={asked.vat_reported_until} onDay={(day) => set('vat_reported_until', day)} />
      <Day says={s.ownLock} value={asked.own_until} onDay={(day) => set('own_until', day)} />
      <Day says={s.yearEnd} value={asked.year_until} onDay={(day) => set('year_until', day)} />
      <Field says={[s.late[0] ?? '', s.lateSays[asked.late]]}>{(id) => <Choice id={id} value={asked.late} of={LATE.map((late) => [late, s.lateChoices[late]] as const)} onChoose={(late) => set('late', late)} />}</Field>
      {asked.late === 'first_open_day' && <Field says={s.lateReason}>{(id) => <input id={id} value={asked.late_reason} maxLength={200} onChange={(event) => set('late_reason', event.target.value)} />}</Field>}
    </>
  );
}

/** When Stripe's invoice is drafted, with what is wrong about the other times. */
export function When({ asked, set }: Pick<SectionProps, 'asked' | 'set'>) {
  const warning = s.draftWhenWarnings[asked.draft_when];
  return (
    <Field says={[s.draftWhen[0] ?? '', warning ? '' : (s.draftWhen[1] ?? '')]}>
      {(id) => (
        <>
          <Choice id={id} value={asked.draft_when} of={WHEN.map((when) => [when, s.draftWhenChoices[when]] as const)} onChoose={(when) => set('draft_when', when)} />
          {warning && <p className={styles.warning}>{warning}</p>}
        </>
      )}
    </Field>
  );
}
