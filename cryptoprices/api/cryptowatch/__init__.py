"""The former cryptowat.ch API, answered from our own prices and candles, so that what was written for it works again.

It was shut down in 2023. Compatible with it as last served; not affiliated with who ran it. Its manners differ from
/v1's: prices are JSON numbers, unknown parameters are let pass, errors are {"error": "..."}.
"""
