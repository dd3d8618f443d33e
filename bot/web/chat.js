// The chat page, for old browsers too: no library, nothing newer than 2012. What the server says is only ever shown as text.
(function () {
  'use strict';
  var MOST_SHOWN = 80, FIRST_PAUSE = 2000, LONGEST_PAUSE = 60000, NEWS_EVERY = 20000;
  var SIDE = 1600, SMALL_PHOTO = 300000, MOST_PHOTO = 10000000;
  var log = at('log'), box = at('text'), photo = at('photo'), addresses = window.URL || window.webkitURL;
  var queue = [], sending = false, pause = FIRST_PAUSE, timer = 0, choices = null;
  var down = at('down'), low = true, account = '', opened = false, answers = 0;

  function at(id) { return document.getElementById(id); }
  function word(name) { return document.body.getAttribute('data-' + name); }
  function make(tag, kind, text) {
    var node = document.createElement(tag);
    if (kind) { node.className = kind; }
    if (text) { node.appendChild(document.createTextNode(text)); }
    return node;
  }
  function button(text, act) {
    var node = make('button', '', text);
    node.type = 'button';
    node.onclick = act;
    return node;
  }

  // -- what is shown
  function show(kind, who, text) {
    var bubble = make('div', 'said ' + kind);
    while (log.children.length >= MOST_SHOWN) { log.removeChild(log.children[0]); }
    bubble.appendChild(make('span', kind.indexOf('news') < 0 ? 'unseen' : 'small', who + ' '));
    bubble.appendChild(make('p', '', text));
    log.appendChild(bubble);
    if (kind === 'me') { log.scrollTop = log.scrollHeight; } else { read(bubble); }
    return bubble;
  }
  function read(bubble) { log.scrollTop = bubble.offsetTop - log.offsetTop - 8; }
  function below() { return log.scrollHeight - log.scrollTop - log.clientHeight > 8; }
  function scrolled() {
    low = !below();
    down.className = low ? 'none' : '';
  }
  var seen = 0;
  function news(said) {
    var first = null, bubble, i;
    if (said.up_to <= seen) { return first; }
    for (i = 0; i < said.news.length; i++) {
      bubble = show('bot news', word('news'), said.news[i]);
      answerable(bubble, said.news[i]);
      first = first || bubble;
    }
    if (first) { read(first); }
    seen = said.up_to;
    look();
    return first;
  }
  function answerable(bubble, text) {
    var found = /\(M\u00e3 (TB-[0-9A-Z]{4}-[0-9A-Z]{3})\./.exec(text); // the code by which an announcement is answered
    if (!found) { return; }
    bubble.appendChild(button(word('reply'), function () {
      if (box.value.indexOf(found[1]) < 0) { box.value = found[1] + ' ' + box.value; }
      keep();
      grow();
      box.focus();
    }));
  }
  // what was said leaves the screen when a shared phone locks or everything is erased; a PIN that opened it does not stay
  function guard(now, mine) {
    var kept = [at('hello'), mine], i;
    if (now !== 'open' && account === 'open') {
      close();
      for (i = log.children.length - 1; i >= 0; i--) { if (kept.indexOf(log.children[i]) < 0) { log.removeChild(log.children[i]); } }
    } else if (now === 'open' && account === 'locked' && mine) {
      mine.querySelector('p').textContent = word('pin');
    }
    account = now;
  }
  function close() {
    var olds = choices ? choices.getElementsByTagName('button') : [];
    for (var i = 0; i < olds.length; i++) { olds[i].disabled = true; }
    choices = null;
  }
  function answer(reply, mine) {
    var list = '', text = reply.text, bubble, first, i;
    guard(reply.account, mine);
    first = news(reply);
    close();
    for (i = 0; i < reply.choices.length; i++) { list += '\n' + (i + 1) + '. ' + reply.choices[i].label; }
    if (queue.length) { list = ''; }
    if (list && text.slice(-list.length) === list) { text = text.slice(0, -list.length); }
    bubble = show('bot', word('bot'), text);
    if (reply.document) { bubble.appendChild(download(reply.document)); }
    if (list) {
      choices = make('div', 'choices');
      for (i = 0; i < reply.choices.length; i++) { choices.appendChild(choice(reply.choices[i], i + 1)); }
      log.appendChild(choices);
    }
    read(first || bubble);
    scrolled();
  }
  function choice(one, number) {
    return button(number + '. ' + one.label, function () { say(one.means, one.label); log.focus(); });
  }
  function download(file) {
    var link = make('a', '', word('download') + ' ' + file.name), raw = window.atob(file.content);
    var bytes = new Uint8Array(raw.length), i;
    for (i = 0; i < raw.length; i++) { bytes[i] = raw.charCodeAt(i); }
    link.href = addresses.createObjectURL(new Blob([bytes], { type: file.media }));
    link.download = file.name;
    return link;
  }
  function state(message, text, stopped) {
    var line = message.bubble.querySelector('.state');
    if (line) { message.bubble.removeChild(line); }
    if (!text) { return; }
    line = make('span', 'state', text);
    if (stopped) {
      line.appendChild(button(word('again'), now));
      line.appendChild(button(word('drop'), function () { drop(message); }));
    }
    message.bubble.appendChild(line);
    if (message.bubble === log.lastChild) { log.scrollTop = log.scrollHeight; }
  }

  // -- what is sent: one after another, each with the same id until the server has answered it
  function fresh() {
    var id = 'm' + new Date().getTime().toString(36) + '-';
    while (id.length < 26) { id += Math.floor(Math.random() * 36).toString(36); }
    return id;
  }
  function keep() {
    var texts = [], i;
    for (i = 0; i < queue.length; i++) {
      if (queue[i].text) { texts.push({ id: queue[i].id, text: queue[i].text, label: queue[i].label }); }
    }
    try {
      sessionStorage.setItem('unsent', JSON.stringify(texts));
      sessionStorage.setItem('draft', box.value);
    } catch (e) { /* private mode */ }
  }
  function grow() {
    box.rows = 1;
    while (box.rows < 4 && box.scrollHeight > box.clientHeight) { box.rows++; }
  }
  function restore() {
    try {
      var texts = JSON.parse(sessionStorage.getItem('unsent') || '[]'), i;
      box.value = box.value || sessionStorage.getItem('draft') || '';
      for (i = 0; i < texts.length; i++) { put(texts[i]); }
    } catch (e) { /* nothing kept */ }
  }
  function put(message) {
    close();
    message.bubble = show('me', word('me'), message.label || message.text);
    if (message.picture) { message.bubble.appendChild(message.picture); }
    state(message, word('sending'));
    queue.push(message);
    keep();
    next();
  }
  function say(text, label) { put({ id: fresh(), text: text, label: label }); }
  function call(method, path, body, wait, done) {
    var request = new XMLHttpRequest();
    request.open(method, path, true);
    request.timeout = wait;
    request.onreadystatechange = function () {
      var said = null;
      if (request.readyState !== 4) { return; }
      try { said = JSON.parse(request.responseText); } catch (e) { /* a proxy's page */ }
      done(request.status, said);
    };
    if (body) { request.setRequestHeader('Content-Type', 'application/json'); }
    request.send(body);
  }
  function next() {
    var message = queue[0];
    if (sending || !message) { return; }
    clearTimeout(timer);
    sending = true;
    state(message, word('sending'));
    var body = { message: message.id, text: message.text || '', photo: message.photo || null, location: message.location || null };
    call('POST', '/api/chat', JSON.stringify(body), message.photo ? 180000 : 45000, function (status, said) {
      sending = false;
      if (status === 200 && said) { taken(message, '', said); }
      else if (status === 413 || (said && said.error && status < 500 && status !== 429)) {
        taken(message, word('failed') + (said && said.error ? ': ' + said.error : ''));
      }
      else { later(message, status === 429 && said ? said.error : word('waiting')); }
    });
  }
  function taken(message, why, reply) {
    clearTimeout(timer);
    queue.shift();
    keep();
    pause = FIRST_PAUSE;
    state(message, why);
    answers++;
    if (reply) { answer(reply, message.bubble); }
    next();
  }
  function later(message, why) {
    state(message, why, true);
    timer = setTimeout(next, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
  function drop(message) {
    if (queue[0] === message && !sending) { taken(message, word('dropped')); }
  }
  function now() { pause = FIRST_PAUSE; next(); }
  function look() {
    if (document.hidden || sending || queue.length) { return; }
    var before = answers;
    call('GET', '/api/news?seen=' + seen + (opened ? '' : '&asked=1'), null, 15000, function (status, said) {
      if (status !== 200 || !said || sending || answers !== before) { return; } // what was told meanwhile is newer
      guard(said.account, null);
      opened = true;
      if (said.asked && !queue.length && !log.querySelector('.me')) {
        said.asked.text = word('unfinished') + '\n' + said.asked.text;
        answer(said.asked, null);
      }
      news(said);
    });
  }

  // -- photos and places
  function sendPhoto(data, picture) {
    put({ id: fresh(), label: word('photo'), photo: data.slice(data.indexOf(',') + 1), picture: picture });
  }
  function asItIs(file) {
    var reader = new FileReader();
    if (file.size > MOST_PHOTO) { return show('bot warn', word('bot'), word('big')); }
    reader.onload = function () { sendPhoto(reader.result); };
    reader.readAsDataURL(file);
  }
  function shrunk(file) {
    var picture = new Image();
    picture.alt = '';
    picture.onerror = function () { asItIs(file); };
    picture.onload = function () {
      var share = Math.min(1, SIDE / Math.max(picture.width, picture.height)), canvas = make('canvas'), data = '';
      picture.onload = null;
      try {
        canvas.width = Math.round(picture.width * share);
        canvas.height = Math.round(picture.height * share);
        canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
        data = canvas.toDataURL('image/jpeg', 0.85);
      } catch (e) { /* no memory */ }
      if (data.indexOf('data:image/jpeg') === 0) { sendPhoto(data, picture); } else { asItIs(file); }
    };
    picture.src = addresses.createObjectURL(file);
  }

  // -- what people do
  function submit(event) {
    var text = box.value;
    event.preventDefault();
    if (!text.replace(/\s/g, '')) { return; }
    box.value = '';
    grow();
    say(text);
  }
  at('form').onsubmit = submit;
  at('help').onclick = function () { say(word('help'), at('help').textContent); };
  box.oninput = function () { keep(); grow(); };
  box.onkeydown = function (event) {
    if (event.keyCode === 13 && !event.shiftKey && !event.isComposing) { submit(event); }
  };
  photo.onchange = function () {
    var file = photo.files && photo.files[0];
    if (!file) { return; }
    if (file.size > SMALL_PHOTO && addresses) { shrunk(file); } else { asItIs(file); }
    photo.value = '';
  };
  at('place').onclick = function () {
    function no() { show('bot warn', word('bot'), word('nowhere')); }
    if (!navigator.geolocation) { return no(); }
    navigator.geolocation.getCurrentPosition(function (found) {
      put({ id: fresh(), label: word('location'), location: [found.coords.latitude, found.coords.longitude] });
    }, no, { timeout: 30000, maximumAge: 60000, enableHighAccuracy: true });
  };
  down.onclick = function () { log.scrollTop += log.clientHeight - 60; };
  log.onscroll = scrolled;
  window.onresize = function () { // the keyboard comes: what was asked last stays in sight
    if (low) { log.scrollTop = log.scrollHeight; }
    scrolled();
  };
  window.addEventListener('online', now);
  document.addEventListener('visibilitychange', look);
  setInterval(look, NEWS_EVERY);
  if (navigator.cookieEnabled === false) { show('bot warn', word('bot'), word('cookies')); }
  restore();
  grow();
  look();
}());
