"""Features: declared once, compiled into one kernel, driven bar by bar or over a block with the same bits.

1. A `Feature` (``declaration``) names its inputs (bar columns or other features), its kernel and what that remembers.
2. ``catalogue.resolve`` makes one from a name such as ``ema_12`` or ``rsi_14_4h``.
3. A ``FeatureSet`` orders the declarations (``graph``), reads the kernels' source (``kernel_source``), writes one step
   function for exactly this set (``composition``, in ``parts``) and has it compiled (``compile``, the only module here
   that touches the world). A ``FeatureLine`` is one symbol's state.

Missing is NaN. A kernel is never called with a missing input: its value is then NaN and its state stays as it was, so a
missing value is no observation, and warm-up adds up through the graph by itself.
"""
