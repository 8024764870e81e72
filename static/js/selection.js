// Which rows of a list are chosen, on every page of it.
export class Selection {
  constructor(storage, name) {
    this.storage = storage;
    this.name = name;
    this.chosen = new Set(JSON.parse(storage.getItem(name) ?? "[]"));
  }

  get size() {
    return this.chosen.size;
  }

  has(value) {
    return this.chosen.has(value);
  }

  // Those that are chosen and not among the values of a page.
  notAmong(values) {
    const shown = new Set(values);
    return [...this.chosen].filter((value) => !shown.has(value));
  }

  // Of the boxes of a page, those are chosen that are checked; what is on other pages stays.
  follow(boxes) {
    for (const { value, checked } of boxes) {
      if (checked) this.chosen.add(value);
      else this.chosen.delete(value);
    }
    this.save();
  }

  forget(values) {
    values.forEach((value) => this.chosen.delete(value));
    this.save();
  }

  save() {
    this.storage.setItem(this.name, JSON.stringify([...this.chosen]));
  }
}

// "12 selected, 3 not shown"
export function countWords(selected, hidden, skipped) {
  const words = [`${selected} selected`];
  if (hidden) words.push(`${hidden} not shown`);
  if (skipped) words.push(`${skipped} without audio skipped`);
  return words.join(", ");
}
