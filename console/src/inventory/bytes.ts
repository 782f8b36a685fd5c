const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A number of bytes for people: "23.5 GiB". */
export function bytes(number: number): string {
  let value = number;
  let unit = 0;
  while (Math.abs(value) >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
