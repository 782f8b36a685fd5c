// The icons: 16 px, drawn with lines of the colour of the text. Always beside a text or a label.
const paths = {
  key: "M10.5 2.5a3 3 0 1 1-2.2 5L3 12.8V14h2v-1.5h1.5V11H8l1.2-1.2",
  node: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01",
  service:
    "M8 2c3 0 5 .9 5 2s-2 2-5 2-5-.9-5-2 2-2 5-2zM3 4v8c0 1.100 2 2 5 2s5-.9 5-2V4M3 8c0 1.100 2 2 5 2s5-.9 5-2",
  agent:
    "M8 2v2M4 5h8a1.500 1.500 0 0 1 1.500 1.500v5A1.500 1.500 0 0 1 12 13H4a1.500 1.500 0 0 1-1.500-1.500v-5A1.500 1.500 0 0 1 4 5zM6 8.500v1M10 8.500v1",
  site: "M8 14s4.500-4.200 4.500-7.500a4.500 4.500 0 0 0-9 0C3.500 9.800 8 14 8 14zM8 5v3M6.500 6.500h3",
  command: "M3 4l3.500 4L3 12M8 12.500h5",
  script: "M4 2h5.500L13 5.500V14H4zM9 2v4h4M6.500 9h4M6.500 11.500h4",
  schedule: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3l2 2",
  window: "M2.5 4.5h11v9h-11zM2.5 7.500h11M5.500 2.500v3M10.500 2.500v3M8 9v2l1.500 1",
  update: "M13 8a5 5 0 1 1-1.500-3.500M13 2.500v3h-3M8 5.500V9M6.200 7.500L8 9.300l1.800-1.800",
  audit: "M3 3.500h10M3 8h10M3 12.500h6",
  home: "M2.500 7.500L8 3l5.500 4.500M4 6.500V13h8V6.500",
  people:
    "M6 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM1.500 13.500c0-2.500 2-4 4.500-4s4.500 1.500 4.500 4M10.500 3.200a2.500 2.500 0 0 1 0 4.600M12 9.800c1.600.5 2.500 1.800 2.500 3.700",
  person: "M8 8a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM3 13.500c0-2.500 2-4 5-4s5 1.500 5 4",
  settings:
    "M2.500 5h6M12 5h1.500M10.200 3.300a1.700 1.700 0 1 1 0 3.400 1.700 1.700 0 0 1 0-3.400M2.500 11H4M7.500 11h6M5.800 9.300a1.700 1.700 0 1 1 0 3.400 1.700 1.700 0 0 1 0-3.400",
  search: "M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM10.300 10.300L13.500 13.500",
  menu: "M2.500 4.500h11M2.500 8h11M2.500 11.500h11",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  right: "M6 4l4 4-4 4",
  copy: "M5.500 5.500h8v8h-8zM3.500 10.500h-1v-8h8v1",
  check: "M3 8.500l3.500 3.500L13 4.500",
  plus: "M8 3v10M3 8h10",
  warning: "M8 2.500L14.500 13.500h-13zM8 6.500v3.500M8 12h.01",
  info: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.500v3.500M8 5.200h.01",
  activity: "M1.500 8.500h3L6.500 3l3 10 2-4.500h3",
  code: "M5.500 4.500L2 8l3.500 3.500M10.500 4.500L14 8l-3.500 3.500",
  columns: "M2.500 3h11v10h-11zM6.200 3v10M9.800 3v10",
  dots: "M3.500 8h.01M8 8h.01M12.500 8h.01",
  bell: "M8 2.500a4 4 0 0 1 4 4c0 3.500 1.500 4.500 1.500 4.500h-11S4 10 4 6.500a4 4 0 0 1 4-4zM6.500 13.500h3",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
