import { Shape } from '../review/evidence';
import styles from './doors.module.css';

type Line = [x: number, y: number, length: number];

const GREY: Line[] = [[16, 21, 56], [16, 41, 42], [16, 61, 58], [16, 81, 48], [230, 21, 46], [230, 41, 52], [230, 61, 42], [230, 81, 46]];
const INK: Line[] = [[92, 21, 26], [98, 41, 20], [88, 61, 30], [94, 81, 24], [182, 21, 26], [182, 41, 20], [182, 61, 30], [182, 81, 24]];
const DEMO_GREY: Line[] = [[18, 23, 60], [18, 41, 42], [18, 59, 68]];
const DEMO_INK: Line[] = [[128, 23, 34], [136, 41, 26], [122, 59, 40]];

/** Two pages and the gutter between them. */
export function PagesDrawing() {
  return (
    <div className={styles.drawing} aria-hidden="true">
      <svg width="300" height="104">
        <rect x=".5" y=".5" width="132" height="103" rx="3" fill="var(--page)" stroke="var(--edge)" />
        <rect x="167.5" y=".5" width="132" height="103" rx="3" fill="var(--page)" stroke="var(--edge)" />
        <Lines of={GREY} ink={false} />
        <Lines of={INK} ink />
      </svg>
      <span className={styles.shapes}>
        <Shape verdict="equal" />
        <Shape verdict="equal" />
        <Shape verdict="near" />
        <Shape verdict="missing" />
      </span>
    </div>
  );
}

/** A page of the demo, signed. */
export function DemoDrawing() {
  return (
    <div className={styles.drawing} aria-hidden="true">
      <svg width="180" height="104">
        <rect x=".5" y=".5" width="179" height="103" rx="3" fill="var(--sheet)" stroke="var(--test)" strokeDasharray="4 3" />
        <Lines of={DEMO_GREY} ink={false} />
        <Lines of={DEMO_INK} ink />
        <path d="M108 87.5H166" stroke="var(--pen)" strokeOpacity=".6" />
        <text x="18" y="86" className={styles.demoWord}>
          Demo
        </text>
        <text x="116" y="84" className={styles.demoSign}>
          MK
        </text>
      </svg>
    </div>
  );
}

function Lines({ of, ink }: { of: Line[]; ink: boolean }) {
  return of.map(([x, y, length]) => <rect key={`${x} ${y}`} x={x} y={y} width={length} height="2" fill={ink ? 'var(--ink)' : 'color-mix(in srgb, var(--ink) 26%, transparent)'} />);
}
