"""How Numba compiles a function that only other compiled functions call: no further
than to be linked into them.

Numba optimises each function together with all that it calls and turns it into machine code of its
own. Of a helper that code is never run: each rule that calls it is optimised as a whole anyway.
Leaving it out saves a quarter of the time of compiling. This leans on Numba's own parts (0.60 and
later have them); where they differ, `pipeline` is nothing and Numba does as it does.
"""

from __future__ import annotations

from typing import Any

try:
    from numba import _dynfunc
    from numba.core.codegen import JITCodeLibrary
    from numba.core.compiler import CompilerBase, DefaultPassBuilder, _LowerResult
    from numba.core.compiler_machinery import register_pass
    from numba.core.typed_passes import NativeLowering

    class _Library(JITCodeLibrary):
        """Code to be linked: neither optimised by itself nor handed to the machine."""

        def _optimize_final_module(self) -> None:
            pass

        def _finalize_final_module(self) -> None:
            self._finalize_dynamic_globals()
            self._finalized = True

    @register_pass(mutates_CFG=True, analysis_only=False)
    class _Lowering(NativeLowering):
        """Lowering into such a library, without an entry to be called."""

        _name = "lowering_of_an_ingredient"

        def run_pass(self, state: Any) -> bool:
            state.library = _Library(state.targetctx.codegen(), state.func_id.func_qualname)
            state.flags.no_compile = True
            super().run_pass(state)
            made = state["cr"]
            name = made.fndesc.qualname.split(".")[-1]
            entry = _dynfunc.make_function(
                made.fndesc.lookup_module(), name, "", 0, made.env, (state.library,)
            )
            state.targetctx.insert_user_function(entry, made.fndesc, [state.library])
            state["cr"] = _LowerResult(made.fndesc, made.call_helper, cfunc=entry, env=made.env)
            return True

    class _Pipeline(CompilerBase):
        def define_pipelines(self) -> list[Any]:
            passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
            passes.passes = [
                (_Lowering if step is NativeLowering else step, why) for step, why in passes.passes
            ]
            passes._finalized = False
            passes.finalize()
            return [passes]

    pipeline: dict[str, Any] = {"pipeline_class": _Pipeline}
except (ImportError, AttributeError):  # a Numba of other parts
    pipeline = {}
