// Helpers of the page's widgets. No library of ours: ECharts comes with the installed Solara assets.
(function () {
  document.querySelector('meta[name=viewport]').setAttribute('content', 'width=device-width, initial-scale=1');
  document.documentElement.lang = (new URLSearchParams(location.search).get('lang') || navigator.language || 'zh').startsWith('en') ? 'en' : 'zh-CN';
  const kept = () => { try { return localStorage.getItem('alliances.theme'); } catch (e) { return null; } };
  const dark = () => document.documentElement.dataset.theme === 'dark';
  const wished = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => { document.documentElement.dataset.theme = kept() || (wished.matches ? 'dark' : 'light'); window.dispatchEvent(new Event('alliances-theme')); };
  follow();
  wished.addEventListener('change', follow);
  function theme(name) {
    try { localStorage.setItem('alliances.theme', name); } catch (e) { /* a private window forgets */ }
    document.documentElement.dataset.theme = name;
    window.dispatchEvent(new Event('alliances-theme'));
  }
  // Inks of the charts on dark paper.
  const NIGHT = {'#1d2a2f': '#e6ecec', '#55646b': '#a7b6ba', '#e6e3da': '#38444a', '#b9b5aa': '#5d6a70', '#44546a': '#93a4bd', '#0072b2': '#4aa3d8', '#8c6d31': '#b99a5e', '#a3212b': '#f0868e'};
  const zh = () => document.documentElement.lang.startsWith('zh');
  const sign = v => (v < 0 ? '−' : '');
  // Only English sets thousands apart.
  const plain = (v, d, grouped = !zh()) => sign(v) + Math.abs(v).toLocaleString('en-US', {maximumFractionDigits: d, useGrouping: grouped});

  function short_money(v, lang) {
    const size = Math.abs(v);
    if (lang === 'zh') {
      if (size >= 1e8) return plain(v / 1e8, 2) + '亿';
      if (size >= 1e4) return plain(v / 1e4, size >= 1e6 ? 0 : 1) + '万';
      return plain(v, 0);
    }
    if (size >= 1e6) return plain(v / 1e6, size >= 1e8 ? 0 : 1) + 'm';
    if (size >= 1e4) return plain(v / 1e3, 0) + 'k';
    return plain(v, 0);
  }
  const write = {
    plain: v => plain(v, 3),
    whole: v => plain(v, 0),
    money: (v, lang) => v === 0 ? '0' : lang === 'zh' ? (Math.abs(v) >= 1e4 ? plain(v / 1e4, 1) + ' 万元' : plain(v, 0) + ' 元') : plain(v, 0) + ' yuan',
    years: (v, lang) => v + (lang === 'zh' ? ' 年' : v === 1 ? ' year' : ' years'),
    percent: v => Math.round(100 * v) + '%',
    share: v => Math.round(100 * v) + '%',
    blow: v => v === 0 ? '0' : plain(100 * (Math.exp(v) - 1), 0) + '%',
    quarter: (v, lang) => v < 0 ? (lang === 'zh' ? '不发生' : 'never') : (lang === 'zh' ? '第 ' + (Math.floor(v / 4) + 1) + ' 年 ' + (v % 4 + 1) + ' 季度' : 'year ' + (Math.floor(v / 4) + 1) + ', quarter ' + (v % 4 + 1)),
    switch: (v, lang) => v ? (lang === 'zh' ? '是' : 'yes') : (lang === 'zh' ? '否' : 'no'),
    pact: (v, lang) => v < 0 ? write.asis(v, lang) : plain(v / 4, 2) + (lang === 'zh' ? ' 年' : v === 4 ? ' year' : ' years'),
    regional: (v, lang) => v < 0 ? (lang === 'zh' ? '按地区' : 'as in the region') : write.money(v, lang),
    asis: (v, lang) => v < 0 ? (lang === 'zh' ? '按策略' : 'as the strategy says') : plain(v, 1),
  };

  // Formatters that an option may name. Tooltips carry ready texts in `say` of the datum.
  const esc = t => String(t).replace(/[&<>"]/g, c => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'}[c]));
  const functions = {
    money_axis: v => short_money(v, zh() ? 'zh' : 'en'),
    plain_axis: v => plain(v, Math.abs(v) < 1 ? 2 : Math.abs(v) < 10 ? 1 : 0),
    percent_axis: v => Math.round(100 * v) + '%',
    said: p => (p.data && p.data.say) ? '<div class="tip">' + p.data.say.split('\n').map(esc).join('<br>') + '</div>' : '',
    said_axis: list => {
      const rows = list.filter(p => p.data && p.data.say);
      if (!rows.length) return '';
      return '<div class="tip"><b>' + esc(rows[0].axisValueLabel) + '</b>' + rows.map(p => '<div><i style="background:' + p.color + '"></i>' + esc(p.data.say) + '</div>').join('') + '</div>';
    },
    label: p => (p.data && p.data.label_text) || '',
    // an interval with a point: data [category, low, middle, high]
    interval: (params, api) => {
      const y = api.coord([0, api.value(0)])[1], at = v => api.coord([v, api.value(0)])[0];
      const left = at(api.value(1)), middle = at(api.value(2)), right = at(api.value(3)), colour = api.visual('color');
      const shift = (api.value(4) || 0);
      return {type: 'group', children: [
        {type: 'rect', shape: {x: Math.min(left, right), y: y + shift - 3, width: Math.max(1, Math.abs(right - left)), height: 6, r: 3}, style: {fill: colour, opacity: 0.3}},
        {type: 'circle', shape: {cx: middle, cy: y + shift, r: 5.5}, style: {fill: colour, stroke: '#fff', lineWidth: 1.5}}]};
    },
  };
  function revive(value, width) {
    if (typeof value === 'string') return value.startsWith('fn:') ? functions[value.slice(3)] : dark() ? NIGHT[value.toLowerCase()] || value : value;
    if (Array.isArray(value)) return value.map(v => revive(v, width));
    if (value && typeof value === 'object') {
      if ('wide' in value && 'narrow' in value && Object.keys(value).length === 2) return revive(width < 480 ? value.narrow : value.wide, width);
      const out = {};
      for (const key in value) out[key] = revive(value[key], width);
      return out;
    }
    return value;
  }
  const library = solara.cdn + '/echarts@5.4.0/dist/echarts.min.js';
  const early = document.createElement('link');
  Object.assign(early, {rel: 'preload', as: 'script', href: library});
  document.head.appendChild(early);
  let loading = null;
  window.alliances = {
    write: (name, v, lang) => (write[name] || write.plain)(v, lang),
    short_money, revive, functions, theme, dark,
    echarts() {
      loading = loading || new Promise((ok, no) => {
        const go = () => window.requirejs([library], ok, no);
        window.requirejs ? go() : window.addEventListener('load', go);
      });
      return loading;
    },
  };
  window.addEventListener('load', () => window.alliances.echarts());
})();
