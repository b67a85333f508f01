"""What things were called at Cryptowatch: the numbers and names that its clients keep in scripts and tables.

From its recorded answers of 2023-08-19 (BTC/USD and BTC/USDT from its documentation). There, numbers "never change".
Only the markets of exchanges that this program asks.
"""

EXCHANGES = {
    "bitfinex": (1, "Bitfinex"),
    "coinbase": (2, "Coinbase"),
    "bitstamp": (3, "Bitstamp"),
    "kraken": (4, "Kraken"),
    "gemini": (8, "Gemini"),
    "binance": (27, "Binance"),
    "okx": (61, "OKX"),
}
"""Number and name."""

ALIASES = {"gdax": "coinbase", "coinbase-pro": "coinbase", "okex": "okx"}
"""Names that two of them had before."""

ASSETS = {
    "aave": (5030, "aave", "Aave", False),
    "ada": (166, "cardano", "Cardano", False),
    "algo": (2773, "algorand", "Algorand", False),
    "apt": (31501, "aptos", "Aptos", False),
    "arb": (337369, "arbitrum", "Arbitrum", False),
    "atom": (1981, "cosmos", "Cosmos", False),
    "aud": (10, "australian-dollar", "Australian Dollar", True),
    "avax": (5016, "avalanche-2", "Avalanche", False),
    "bch": (22, "bitcoin-cash", "Bitcoin Cash", False),
    "bnb": (398, "binancecoin", "Binance Coin", False),
    "brl": (7536, "brazilian-real", "Brazilian Real", True),
    "btc": (60, "bitcoin", "Bitcoin", False),
    "busd": (3664, "binance-usd", "Binance USD", False),
    "cad": (37, "canadian-dollar", "Canadian Dollar", True),
    "chf": (3995, "swiss-franc", "Swiss franc", True),
    "dai": (3961, "dai", "Multi Collateral DAI", False),
    "dash": (72, "dash", "Dash", False),
    "doge": (62, "dogecoin", "Dogecoin", False),
    "dot": (4978, "polkadot", "Polkadot", False),
    "eos": (88, "eos", "EOS", False),
    "etc": (84, "ethereum-classic", "Ethereum Classic", False),
    "eth": (77, "ethereum", "Ethereum", False),
    "eur": (108, "euro", "Euro", True),
    "fil": (5034, "filecoin", "Filecoin", False),
    "gbp": (59, "british-pound", "British Pound", True),
    "inj": (5041, "injective-protocol", "Injective", False),
    "jpy": (104, "japanese-yen", "Japanese Yen", True),
    "krw": (106, "south-korean-won", "South Korean Won", True),
    "ldo": (5242, "lido-dao", "Lido DAO Token", False),
    "link": (267, "chainlink", "ChainLink", False),
    "ltc": (28, "litecoin", "Litecoin", False),
    "matic": (2147, "matic-network", "Polygon", False),
    "mkr": (295, "maker", "Maker", False),
    "mxn": (83, "mexican-peso", "Mexican Peso", True),
    "near": (5033, "near", "NEAR Protocol", False),
    "neo": (66, "neo", "NEO", False),
    "op": (8293, "optimism", "Optimism", False),
    "pepe": (1126725, "pepe", "Pepe", False),
    "shib": (5476, "shiba-inu", "SHIBA INU", False),
    "sol": (4889, "solana", "Solana", False),
    "sui": (241409, "sui", "Sui", False),
    "trx": (199, "tron", "TRON", False),
    "try": (6742, "turkish-lira", "Turkish Lira", True),
    "uni": (5012, "uniswap-uni", "Uniswap", False),
    "usd": (98, "united-states-dollar", "United States Dollar", True),
    "usdc": (793, "usd-coin", "USD Coin", False),
    "usdt": (2, "tether", "Tether", False),
    "xlm": (171, "stellar", "Stellar", False),
    "xmr": (76, "monero", "Monero", False),
    "xrp": (110, "ripple", "XRP", False),
    "zec": (23, "zcash", "Zcash", False),
}
"""Number, long symbol, name, and whether it is money of a state."""

PAIRS = {"btceur": 232, "ethbtc": 21, "xmrbtc": 148, "btcusd": 9, "btcusdt": 231, "ethphp": 1, "ricbtc": 2}
"""Numbers of pairs."""

MARKETS = {
    "bitfinex": (
        "btcusd 1 ltcusd 2 ltcbtc 3 ethusd 4 ethbtc 5 etcbtc 6 etcusd 7 eosbtc 14 eosusd 15 eoseth 16 zecusd 20 "
        "zecbtc 21 dashusd 22 dashbtc 23 xrpbtc 24 xrpusd 25 xmrbtc 26 xmrusd 27 bcheth 33 neobtc 34 neousd 35 "
        "neoeth 36 btceur 415 trxbtc 564 trxeth 565 trxusd 567 btcgbp 1026 btcjpy 1027 etheur 1028 ethjpy 1029 "
        "ethgbp 1030 neoeur 1031 neojpy 1032 neogbp 1033 eoseur 1034 eosjpy 1035 eosgbp 1036 xlmusd 1110 xlmeur "
        "1111 xlmjpy 1112 xlmgbp 1113 xlmbtc 1114 xlmeth 1115 mkrusd 1130 mkrbtc 1131 mkreth 1132 trxeur 5245 "
        "trxgbp 5246 trxjpy 5247 bchusd 5556 bchbtc 5557 usdtusd 5640 usdcusd 5695 btcusdt 49677 ethusdt 49678 "
        "ltcusdt 59785 eosusdt 59786 bchusdt 59787 usdcusdt 60962 daiusd 61498 daibtc 61499 daieth 61500 adausd "
        "63466 adabtc 63467 adausdt 63468 dotusd 63647 dotusdt 63656 linkusd 63693 linkusdt 63694 uniusd 66432 "
        "uniusdt 66433 avaxusd 71926 avaxusdt 71927 filusd 92836 filusdt 92837 xmrusdt 137380 xrpusdt 137381 dotbtc "
        "137978 algousd 138214 algobtc 138215 algousdt 138216 aaveusd 138350 aaveusdt 138351 xlmusdt 138355 solusd "
        "138728 solusdt 138729 nearusd 188985 nearusdt 188986 dogeusd 275628 dogeusdt 275629 dogebtc 784089 etcusdt "
        "784090 neousdt 784091 trxusdt 784095 eurusdt 789847 maticusd 801376 maticbtc 801377 maticusdt 801378 "
        "solbtc 843282 avaxbtc 843283 shibusd 906883 shibusdt 906884 mkrusdt 947142 gbpusdt 2672953 jpyusdt 2672955 "
        "atometh 3663558 atombtc 3663561"
    ),
    "coinbase": (
        "btcusd 65 btceur 66 btcgbp 67 ethusd 68 ethbtc 69 ltcusd 70 ltcbtc 71 etheur 72 ltceur 73 bchusd 464 "
        "bchbtc 465 bcheur 466 etcbtc 4995 etcusd 4996 etceur 4997 etcgbp 5147 ethgbp 5148 ltcgbp 5149 bchgbp 5150 "
        "btcusdc 5429 ethusdc 5430 zecusdc 5658 mkrusdc 7564 xrpusd 33359 xrpeur 33360 xrpbtc 33361 xlmusd 52519 "
        "xlmeur 52520 xlmbtc 52521 eosusd 59629 eosbtc 59630 eoseur 59631 mkrbtc 59632 zecbtc 60049 linketh 60554 "
        "linkusd 60555 algousd 60910 dashusd 61105 dashbtc 61106 daiusdc 61485 atombtc 61665 atomusd 61666 daiusd "
        "62910 zecusd 62911 mkrusd 63075 algoeur 63324 algogbp 63326 xrpgbp 63328 linkgbp 63329 linkeur 63330 "
        "uniusd 64346 filgbp 136929 filbtc 136930 filusd 136931 fileur 136932 algobtc 136937 linkbtc 136939 unibtc "
        "136941 aaveeur 137199 aavegbp 137200 aavebtc 137201 aaveusd 137202 maticeur 139009 maticbtc 139012 "
        "maticgbp 139015 maticusd 139016 adaeur 139209 adausd 139210 adagbp 139211 adabtc 139212 usdcgbp 273640 "
        "usdceur 273643 adaeth 273646 adausdc 273647 btcusdt 280244 usdtusdc 280245 ethusdt 280246 usdteur 280247 "
        "usdtusd 280248 usdtgbp 280249 solgbp 360291 solusdt 360292 soleur 360293 solbtc 360294 solusd 360295 "
        "dogegbp 415421 dogeeur 415422 dogebtc 415423 dogeusd 415424 dogeusdt 415425 doteur 489811 dotusdt 489812 "
        "dotbtc 489813 dotusd 489814 dotgbp 489815 shibusdt 495607 shibusd 495613 avaxusd 829646 avaxeur 829647 "
        "avaxusdt 829648 soleth 930435 shibeur 930779 shibgbp 930780 unigbp 930816 avaxbtc 930817 atomeur 930818 "
        "unieur 930821 atomgbp 930822 adausdt 2660272 atomusdt 2660273 linkusdt 2660274 maticusdt 2660275 xlmusdt "
        "2720012 zecusdt 2720013 busdusdt 2914369 busdusd 2914370 opusd 2998519 opusdt 2998527"
    ),
    "bitstamp": (
        "btcusd 74 btceur 75 xrpusd 76 xrpeur 77 xrpbtc 78 ltcbtc 79 ltcusd 80 ltceur 81 eurusd 82 ethusd 83 etheur "
        "84 ethbtc 85 bchbtc 428 bchusd 429 bcheur 430 gbpeur 63039 gbpusd 63040 btcgbp 63041 ltcgbp 63042 ethgbp "
        "63043 xrpgbp 63044 bchgbp 63045 xlmbtc 63123 xlmusd 63124 xlmeur 63125 xlmgbp 63126 linkusd 92889 linkeur "
        "92890 linkgbp 92891 linkbtc 92892 linketh 92893 btcusdc 136094 ethusdc 136095 usdcusd 136096 usdceur "
        "136097 mkrusd 138914 mkreur 138915 mkrbtc 138916 daiusd 139002 aaveusd 273163 aaveeur 273166 aavebtc "
        "273169 uniusd 313787 unieur 313792 unibtc 313795 algousd 353877 algoeur 353880 algobtc 353883 usdtusd "
        "494375 usdteur 494384 usdcusdt 494393 btcusdt 494402 ethusdt 494419 xrpusdt 494424 maticusd 683152 "
        "maticeur 683155 adausd 996097 adaeur 996102 adabtc 996105 shibusd 1039764 shibeur 1039767 avaxusd 2751270 "
        "avaxeur 2751276 injusd 2964202 injeur 2964210 soleur 3151916 doteur 3151929 neareur 3224939 dogeeur "
        "3530490 suieur 4514326 ldoeur 4514328"
    ),
    "kraken": (
        "btceur 86 btcusd 87 btcgbp 88 btcjpy 89 ltceur 91 ltcbtc 92 ltcusd 94 ethbtc 95 ethusd 96 etheur 97 ethgbp "
        "99 ethjpy 100 etcbtc 101 etceth 102 etcusd 103 etceur 104 eoseth 109 eosbtc 110 eoseur 111 eosusd 112 "
        "zeceur 124 zecgbp 125 zecjpy 126 zecusd 127 zecbtc 128 xmrbtc 129 xmreur 130 xmrusd 131 dogebtc 132 xlmbtc "
        "133 xlmeur 134 xlmusd 135 xrpbtc 136 xrpusd 137 xrpeur 138 xrpjpy 140 dashbtc 141 dasheur 142 dashusd 143 "
        "usdtusd 144 bchbtc 145 bchusd 146 bcheur 147 adausd 5197 adaeur 5198 adabtc 5200 adaeth 5201 atometh 59932 "
        "atomusd 59934 atomeur 59935 atombtc 59936 linketh 61189 linkbtc 61190 linkeur 61193 linkusd 61194 daiusdt "
        "61475 daieur 61476 daiusd 61477 dogeusd 61534 usdteur 61538 ethusdt 61539 dogeeur 61540 btcusdt 61542 "
        "usdtgbp 61543 ethusdc 61632 usdcusd 61633 btcusdc 61634 usdceur 61635 usdcusdt 61637 algoeur 61739 algoeth "
        "61740 algobtc 61741 algousd 61742 trxeur 61962 trxusd 61963 trxeth 61964 trxbtc 61965 eurusd 61979 gbpusd "
        "61981 eurjpy 61982 eurgbp 61985 usdjpy 61986 ltcusdt 62899 usdtjpy 62900 bchgbp 62901 xrpeth 62903 bchusdt "
        "62904 ltcgbp 62905 xrpusdt 62906 xrpgbp 62907 ltceth 62908 bcheth 62909 audjpy 63121 audusd 63122 dotusd "
        "63657 dotbtc 63658 doteur 63659 doteth 63660 unieth 92812 fileur 92813 adausdt 92814 dotusdt 92815 unieur "
        "92816 eosusdt 92817 uniusd 92818 filusd 92822 linkusdt 92823 filbtc 92824 fileth 92825 unibtc 92826 bchjpy "
        "136105 ltcjpy 136106 aaveeth 137209 aaveusd 137212 aaveeur 137215 aavebtc 137217 aavegbp 137306 atomgbp "
        "138064 algogbp 138065 dotgbp 138076 adagbp 138077 filgbp 138078 linkgbp 138081 xlmgbp 138084 usdcgbp "
        "138085 dogeusdt 205086 mkrgbp 342750 mkrusd 342753 mkreur 342756 mkrbtc 342757 maticbtc 351402 maticgbp "
        "351406 maticeur 351408 maticusd 351410 solgbp 504558 solusd 504560 solbtc 504562 soleur 504564 injusd "
        "683583 injeur 683586 shibusd 1014120 shibeur 1014121 avaxeur 1075330 avaxusd 1075331 linkjpy 2525039 "
        "dotjpy 2896527 ldousd 2937982 ldoeur 2937985 nearusd 3025658 neareur 3025664 shibusdt 3305944 solusdt "
        "3305945 atomusdt 3305946 avaxusdt 3305947 algousdt 3305948 maticusdt 3305949 xmrusdt 3305952 apteur "
        "3324495 aptusd 3324496 arbusd 3794286 arbeur 3794287 suiusd 3998832 suieur 3998850 pepeusd 4058269 pepeeur "
        "4058271"
    ),
    "gemini": (
        "btcusd 181 ethbtc 182 ethusd 183 zecusd 1205 zecbtc 1206 zeceth 1207 ltcusd 5306 ltcbtc 5307 ltceth 5308 "
        "bchusd 61149 bchbtc 61150 linkusd 63046 daiusd 63049 btceur 139213 etheur 139214 maticusd 500818 dogeusd "
        "500875 btcgbp 500904 filusd 500937 uniusd 500989 aaveusd 501045 ethgbp 501154 injusd 501457 mkrusd 501544 "
        "linkbtc 501712 dogeeth 3527745 dogebtc 3527755 btcusdt 3560855 ethusdt 3560856 linketh 3561827 bcheth "
        "3563516"
    ),
    "binance": (
        "btcusdt 579 ethbtc 580 ltcbtc 581 neobtc 582 eoseth 584 ethusdt 588 neoeth 599 eosbtc 601 etceth 603 "
        "etcbtc 604 zecbtc 605 zeceth 606 dashbtc 607 dasheth 608 trxbtc 612 trxeth 613 xrpbtc 614 xrpeth 615 "
        "xmrbtc 619 xmreth 620 neousdt 624 adabtc 628 adaeth 629 ltceth 630 ltcusdt 631 xlmbtc 816 bcheth 948 "
        "xlmeth 950 linkbtc 963 linketh 964 adausdt 1096 xrpusdt 1128 trxusdt 1288 etcusdt 1289 eosusdt 1650 "
        "xlmusdt 1651 bnbbtc 1799 bnbeth 1880 bnbusdt 2116 usdcbtc 5567 bchbtc 5576 bchusdt 5583 btcusdc 6630 "
        "ethusdc 6631 xlmusdc 6632 xrpusdc 6633 bnbusdc 6634 eosusdc 6635 usdcusdt 6636 linkusdc 11355 linkusdt "
        "11356 bchusdc 11370 ltcusdc 12210 trxusdc 12212 xmrusdt 53132 zecusdc 59360 zecusdt 59361 adausdc 59429 "
        "neousdc 59431 dashusdt 59441 atombtc 60016 atomusdt 60017 atomusdc 60083 etcusdc 60119 maticbtc 60125 "
        "maticusdt 60126 algobtc 60563 algousdc 60566 algousdt 60567 dogebtc 60644 dogeusdc 60646 dogeusdt 60647 "
        "busdusdt 61240 btceur 61599 etheur 61600 bnbeur 61601 xrpeur 61602 eurusdt 61604 solbtc 63037 btcgbp 63137 "
        "ethgbp 63138 xrpgbp 63139 bnbgbp 63140 gbpusdt 63305 mkrbtc 63344 mkrusdt 63345 daibtc 63348 daiusdt 63349 "
        "audusdt 63487 solusdt 63525 dotbtc 63669 dotusdt 63671 unibtc 64133 uniusdt 64136 avaxbtc 71755 avaxusdt "
        "71757 aaveusdt 92863 aavebtc 92866 aaveeth 92867 nearbtc 136014 nearusdt 136016 filbtc 136019 filusdt "
        "136021 injbtc 136054 injusdt 136056 linkeur 136170 doteur 136221 ltceur 136389 adaeur 136506 bcheur 136729 "
        "xlmeur 137085 linkgbp 137806 eoseur 138155 dogeeur 138289 dogegbp 138506 dotgbp 138825 adagbp 138826 "
        "avaxeur 139063 unieur 139064 maticeur 139261 ltcgbp 162609 trxeur 302215 shibusdt 330676 shibeur 342074 "
        "etceur 342076 arbusd 342323 soleur 390167 maticgbp 430493 etcgbp 470759 solgbp 470760 solusdc 813172 "
        "soleth 875767 audusdc 935480 doteth 955893 maticeth 955894 avaxeth 980555 atometh 2087507 neareth 2087512 "
        "unieth 2592965 atomeur 2750781 neareur 2775883 avaxgbp 2825899 shibgbp 2940210 ldousdt 2948408 ldobtc "
        "2948409 algoeth 2951666 opbtc 2999788 opusdt 2999790 opeur 3026294 opeth 3069220 fileth 3099871 aptbtc "
        "3324491 aptusdt 3324493 apteur 3325769 apteth 3662723 arbusdt 3794782 arbbtc 3794788 arbeur 3797836 suieur "
        "3999667 suiusdt 3999677 suibtc 3999687 pepeusdt 4010504 arbeth 4478879"
    ),
    "okx": (
        "ltcbtc 1001 ethbtc 1002 etcbtc 1003 bchbtc 1004 ltceth 1005 etceth 1006 bcheth 1007 btcusdt 1008 ltcusdt "
        "1009 ethusdt 1010 etcusdt 1011 bchusdt 1012 mkrusdt 1104 mkrbtc 1105 mkreth 1106 usdcbtc 62092 dashbtc "
        "62093 adabtc 62094 algobtc 62096 atombtc 62099 xrpbtc 62128 zecbtc 62136 neobtc 62137 eosbtc 62142 linkbtc "
        "62152 trxbtc 62164 xmrbtc 62167 xlmbtc 62168 adaeth 62194 algoeth 62196 atometh 62197 eoseth 62218 dasheth "
        "62220 xrpeth 62221 zeceth 62222 neoeth 62223 linketh 62228 trxeth 62235 xmreth 62237 xlmeth 62238 usdcusdt "
        "62258 adausdt 62259 algousdt 62261 atomusdt 62263 daiusdt 62268 dogeusdt 62270 dashusdt 62326 xrpusdt "
        "62332 zecusdt 62333 neousdt 62334 eosusdt 62343 linkusdt 62352 trxusdt 62363 xmrusdt 62368 xlmusdt 62369 "
        "btcusdc 62404 ltcusdc 62405 ethusdc 62406 etcusdc 62408 bchusdc 62409 eosusdc 62410 xrpusdc 62411 trxusdc "
        "62412 dotusdt 63651 doteth 63715 dotbtc 63716 uniusdt 64126 unieth 64169 unibtc 64170 avaxusdt 71758 "
        "avaxbtc 71797 avaxeth 71798 solusdt 83597 soleth 83659 solbtc 83660 aaveusdt 136160 aavebtc 136161 aaveeth "
        "136162 filusdt 136779 nearusdt 136780 filbtc 136790 fileth 136791 nearbtc 136792 neareth 136793 maticusdt "
        "159697 dogebtc 272546 dogeeth 272547 shibusdt 324569 tonusdt 2920742 dotusdc 2972762 dogeusdc 2972763 "
        "solusdc 2972765 adausdc 2972766 avaxusdc 2972768 filusdc 2972769 nearusdc 2972770 shibusdc 2972771 "
        "atomusdc 2996659 maticusdc 2996665 uniusdc 2996668 opusdt 2998534 opusdc 2998535 aaveusdc 3017297 linkusdc "
        "3017304 xmrusdc 3023799 algousdc 3023800 zecusdc 3023808 maticbtc 3341960 shibbtc 3341968"
    ),
}
"""Pairs and numbers of the markets of each exchange, in one line."""
