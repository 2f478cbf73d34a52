"use strict";
// Everything is put on the page as text, never as markup: the names and messages of a run are data.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element of HTML; children are nodes, texts, lists of them, or null. */
function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an element of SVG. */
function draw(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** Read a block of the page's data; a drill's is read when it is looked at, and not before. */
function data(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

function say(text) {
  document.getElementById("said").textContent = text;
}
