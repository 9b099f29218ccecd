const LEFT = 'M16 1V31H8A7 7 0 0 1 1 24V8A7 7 0 0 1 8 1Z';
const RIGHT = 'M16 1V31H24A7 7 0 0 0 31 24V8A7 7 0 0 0 24 1Z';
const STROKE = 
  'M5.1 18.4L5.4 17.9L5.8 17.5L6.1 17.2L6.5 17.0L6.8 16.9L7.0 16.9L7.3 17.0L7.5 17.1L7.7 17.2L7.9 17.5L8.1 17.9L8.4 18.5L8.5 18.9L8.7 19.4L8.8 19.9L9.0 20.3L9.1 20.9L9.3 21.4L9.4 21.9L9.6 22.5L9.8 23.1L10.0 23.7L10.2 24.4L10.4 25.1L14.3 23.9L14.1 23.2L13.9 22.5L13.7 21.8L13.5 21.2L13.2 20.6L13.0 20.0L12.7 19.5L12.5 18.9L12.2 18.4L11.9 17.9L11.7 17.5L11.4 17.0L10.8 16.1L10.1 15.4L9.3 14.8L8.5 14.4L7.6 14.3L6.8 14.3L6.0 14.5L5.3 14.9L4.6 15.4L4.1 16.0L3.6 16.6L3.1 17.4Z' +
  'M14.3 25.3L15.0 23.7L15.8 22.1L16.6 20.6L17.6 19.0L18.6 17.5L19.7 16.0L20.9 14.5L22.2 13.0L23.6 11.5L25.1 9.9L26.7 8.4L28.5 6.8L27.2 5.2L25.3 6.5L23.4 7.9L21.6 9.4L20.0 10.8L18.4 12.3L17.0 13.8L15.7 15.3L14.4 16.9L13.3 18.5L12.3 20.2L11.3 21.9L10.5 23.7Z' +
  'M10.3125 24.5a2.0625 2.0625 0 1 0 4.125 0a2.0625 2.0625 0 1 0 -4.125 0Z' +
  'M3 17.875a1.125 1.125 0 1 0 2.25 0a1.125 1.125 0 1 0 -2.25 0Z' +
  'M26.8125 6a1.0625 1.0625 0 1 0 2.125 0a1.0625 1.0625 0 1 0 -2.125 0Z';

/** The program's mark at small sizes: two pages and one pen stroke across both. Its colours stay the same in the dark. */
export function Icon({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <clipPath id="left-page">
        <path d="M0 0H16V32H0Z" />
      </clipPath>
      <clipPath id="right-page">
        <path d="M16 0H32V32H16Z" />
      </clipPath>
      <path d={LEFT} fill="#1E1B15" />
      <path d={RIGHT} fill="#FBF8F0" />
      <rect x="1.25" y="1.25" width="29.5" height="29.5" rx="6.75" fill="none" stroke="#6E685B" strokeWidth=".5" />
      <path d={STROKE} fill="#FBF8F0" clipPath="url(#left-page)" />
      <path d={STROKE} fill="#0B7445" clipPath="url(#right-page)" />
    </svg>
  );
}
