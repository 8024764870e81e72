// Runs acts in order: an act pressed while a line opens waits for that line, so that no rank goes to
// the previous line. A held key repeats only after the server's answer.
export class Turns {
  constructor(onFailure) {
    this.onFailure = onFailure;
    this.last = Promise.resolve();
    this.unfinished = 0;
  }

  // The act as an event listener, which runs after all earlier acts.
  queue(act) {
    return (event) => {
      if (event?.repeat && this.unfinished) return;
      this.unfinished += 1;
      this.last = this.last.then(act).catch(this.onFailure).finally(() => (this.unfinished -= 1));
    };
  }
}
