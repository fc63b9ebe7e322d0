/** One server-sent event. */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
}

const MAX_EVENT_CHARACTERS = 256 * 1_048_576;

/**
 * Text as it arrives → whole events (WHATWG HTML, "Server-sent events"; ids and retry times are not used here).
 * The function answers false once an event grows past all reason.
 */
export function createSseParser(onEvent: (event: SseEvent) => void): (chunk: string) => boolean {
  let rest = '';
  let name = '';
  let data: string[] = [];
  let size = 0;
  let first = true;
  let afterReturn = false; // a \n that follows belongs to the same line end

  function line(text: string): void {
    if (text === '') {
      if (data.length > 0) onEvent({ event: name || 'message', data: data.join('\n') });
      name = '';
      data = [];
      size = 0;
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return; // a comment, which keeps the connection alive
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') name = value;
    else if (field === 'data') {
      data.push(value);
      size += value.length;
    }
  }

  return (chunk) => {
    let text = chunk;
    if (first && text !== '') {
      first = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (afterReturn && text !== '') {
      afterReturn = false;
      if (text.startsWith('\n')) text = text.slice(1);
    }
    let start = 0;
    for (const end of text.matchAll(/\r\n|\r|\n/g)) {
      line(rest + text.slice(start, end.index));
      rest = '';
      start = end.index + end[0].length;
      afterReturn = end[0] === '\r' && start === text.length;
    }
    rest += text.slice(start);
    return rest.length + size <= MAX_EVENT_CHARACTERS;
  };
}
