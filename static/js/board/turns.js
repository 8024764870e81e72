// What is pressed while a line is being opened waits for it: a rank never falls on the line before.
// A key that is held down does not run ahead of the server: whoever lets go of it stops there.
export class Turns {
  constructor(onFailure) {
    this.onFailure = onFailure;
    this.last = Promise.resolve();
    this.unfinished = 0;
  }

  // The act as a listener: it runs once all before it are done.
  queue(act) {
    return (event) => {
      if (event?.repeat && this.unfinished) return;
      this.unfinished += 1;
      this.last = this.last.then(act).catch(this.onFailure).finally(() => (this.unfinished -= 1));
    };
  }
}
