// How numbers are spelled. Measured seconds have one decimal, as in the summary of a run.

function seconds(value) {
  return `${value.toFixed(1)}\u00a0s`;
}

/** Seconds, and minutes too when they are many. */
function long(value) {
  if (value < 120) return seconds(value);
  const whole = Math.round(value);
  return `${seconds(value)} (${Math.floor(whole / 60)}\u00a0min\u00a0${whole % 60}\u00a0s)`;
}

/** A limit as somebody declared it: 900 s is 15 min. */
function limit(value) {
  for (const [unit, size] of [["h", 3600], ["min", 60]]) {
    if (value >= 2 * size && value % size === 0) return `${value / size}\u00a0${unit}`;
  }
  return `${plain(value)}\u00a0s`;
}

/** A number without a tail of zeros, to a thousandth. */
function plain(value) {
  return String(Math.round(value * 1000) / 1000);
}

function amount(value, unit) {
  return unit === "s" ? `${plain(value)}\u00a0s` : `${plain(value)}\u00a0${unit}`;
}

function many(count, one, more) {
  return `${count} ${count === 1 ? one : more}`;
}

/** Drill time as seconds since the fault, or since the start when nothing was broken. */
function since(at, zero) {
  if (zero === null) return seconds(at);
  const gone = at - zero;
  return `${gone < 0 ? "\u2212" : "+"}${Math.abs(gone).toFixed(1)}\u00a0s`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A moment of the record, in UTC, as it stands there. */
function moment(text) {
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}
